#pragma once
#include "agents/sessions.hpp"
#include "agents/turn_feed.hpp"
#include "async/nursery.hpp"
#include "async/reply.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper {

/// One hidden session that works for an owner.
struct WorkerMapping {
    WorkerMapping() = default;
    std::string owner;
    std::string agent;
    std::string session_id;  // the runtime's thread
};

/// The hidden sessions that do the queue's work, one per (owner, agent) (runtime.md 3). Created on the first job, one
/// creation at a time per pair; mapping and system-owned session are committed together, before the thread is first
/// used, and are known again after a restart. Calls come from any executor and resume there; they are not cancellable,
/// and bounded by the runtime and the store. A worker ends with its owner, a chat or a project.
class WorkerSessions {
public:
    /// Construct before `runtime.start()`: it listens from construction on.
    WorkerSessions(asio::any_io_executor executor, Sessions& sessions, Runtime& runtime, Ledger& ledger, TimeSource& time);
    WorkerSessions(const WorkerSessions&) = delete;
    WorkerSessions& operator=(const WorkerSessions&) = delete;

    /// Reads the mappings; before any job runs.
    Task<void> load();
    /// Waits for creations under way.
    Task<void> stop();

    /// The session (and thread) of this pair. Throws JobFailure (fatal) for a chat that is gone, RuntimeUnavailable, RuntimeRefusal, StorageUnavailable; the next
    /// call tries again.
    Task<std::string> session_for(std::string owner, std::string agent);
    /// Forgets a session that turned out to be unusable; harmless when the pair has another one already.
    Task<void> drop(std::string owner, std::string agent, std::string session_id);

    /// What the runtime says of turns, for those who wait for one.
    TurnFeed& feed() { return feed_; }

private:
    using Key = std::pair<std::string, std::string>;
    struct Worker {
        std::string session_id;                                    // empty: being created
        std::vector<std::shared_ptr<Reply<std::string>>> waiting;  // for its creation
    };

    void forget_gone();
    bool is_gone(const std::string& session_id) const;
    void ask(const Key& key, std::shared_ptr<Reply<std::string>> reply);
    Task<void> create(Key key);
    Task<std::string> provision(Key key);
    void created(const Key& key, const std::string& session_id, std::exception_ptr failure);
    bool forget(const Key& key, const std::string& session_id);

    asio::any_io_executor strand_;
    Sessions& sessions_;
    Ledger& ledger_;
    Runtime& runtime_;
    TimeSource& time_;
    TurnFeed feed_;
    std::map<Key, Worker> workers_;  // on the strand
    std::size_t look_for_gone_at_ = 64;
    std::shared_ptr<Nursery> creations_;
};

inline constexpr std::string_view worker_kind = "worker";  // scope: owner, key: agent

}  // namespace lanekeeper
