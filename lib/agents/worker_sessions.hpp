#pragma once
#include "agents/agent_policy.hpp"
#include "agents/preflight_ticket.hpp"
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

/// The hidden sessions that do the queue's work, one per (owner, agent) (runtime.md 3). Created on the first job, one
/// creation at a time per pair; mapping and system-owned session are committed together, before the thread is first
/// used, and are known again after a restart. A worker ends with its owner, a chat or a project.
///
/// A worker is told once who it is, and whatever else a job wants it to know before (preflight): one turn at a time, in
/// which nobody else uses it. Those turns belong to no job: they go on when the one that asked for them ends. One that
/// nobody has used for `AgentSettings::worker_idle` is unloaded, at most a tenth of that late.
///
/// Calls come from any executor and resume there; they are not cancellable, and bounded by the runtime and the store.
class WorkerSessions {
public:
    /// Construct before `runtime.start()`: it listens from construction on.
    WorkerSessions(asio::any_io_executor executor, Sessions& sessions, Runtime& runtime, Ledger& ledger, TimeSource& time,
                   AgentPolicies agents = load_agent_policies(std::nullopt));
    WorkerSessions(const WorkerSessions&) = delete;
    WorkerSessions& operator=(const WorkerSessions&) = delete;

    /// Reads the mappings; before any job runs. Threads of workers that the sessions' own `load` had to bury are deleted
    /// as soon as the runtime is there, within a minute.
    Task<void> load();
    /// Waits for creations under way; turns that tell workers something are let go, and found again by the next start.
    Task<void> stop();

    /// The session (and thread) of this pair. Throws JobFailure (fatal) for an owner that is gone, RuntimeUnavailable,
    /// RuntimeRefusal, StorageUnavailable; the next call tries again.
    Task<std::string> session_for(std::string owner, std::string agent);
    /// Before a job's turn: the worker is in use from now on, and is told what it has not been told yet, as its runtime
    /// wants it. `executor`: where the ticket is waited for. Whoever entered leaves, whatever comes of it.
    Task<std::shared_ptr<PreflightTicket>> enter(std::string owner, std::string agent, std::string session_id,
                                                 std::optional<BootstrapInstruction> bootstrap,
                                                 asio::any_io_executor executor);
    void leave(std::string owner, std::string agent, std::string session_id);
    /// Gives up a session that turned out to be unusable, with its thread; harmless when the pair has another one already.
    Task<void> drop(std::string owner, std::string agent, std::string session_id);

    /// What the runtime says of turns, for those who wait for one.
    TurnFeed& feed() { return feed_; }
    const AgentPolicies& agents() const { return agents_; }

private:
    using Key = std::pair<std::string, std::string>;
    using Ticket = std::shared_ptr<PreflightTicket>;
    /// What is done with a worker while nobody may use it: it is told something, or unloaded.
    struct Errand {
        std::string session_id;
        std::optional<PreflightStep> step;
        std::vector<Ticket> waiting;
        std::shared_ptr<Nursery::Child> child;
    };
    struct Worker {
        std::string session_id;                                    // empty: being created
        std::vector<std::shared_ptr<Reply<std::string>>> waiting;  // for its creation
        Preflight told;
        std::shared_ptr<Errand> errand;
        int users = 0;
        bool loaded = false;  // it was used since it was unloaded
        MonoTime last_used{};
    };

    void let_go();

    // Creation.
    void forget_gone();
    bool is_gone(const std::string& session_id) const;
    void ask(const Key& key, std::shared_ptr<Reply<std::string>> reply);
    Task<void> create(Key key);
    Task<std::string> provision(Key key);
    void created(const Key& key, const std::string& session_id, std::exception_ptr failure);
    bool forget(const Key& key, const std::string& session_id);
    Worker* find(const Key& key, const std::string& session_id);

    // Preflight.
    void enter_now(const Key& key, const std::string& session_id, const Ticket& ticket);
    bool ready(const Key& key, Worker& worker, const Ticket& ticket);
    void serve(const Key& key, const std::string& session_id, const Ticket& ticket);
    void tell(const Key& key, Worker& worker, PreflightStep step, const Ticket& ticket);
    Task<void> tell_step(Key key, std::shared_ptr<Errand> errand);
    Task<PreflightEnd> try_to_tell(Key key, PreflightNote note, bool begun);
    Task<std::string> finished_turn(PreflightNote note);
    Task<void> note_step(Key key, PreflightNote note, std::string turn_id);
    Task<void> note_failure(Key key, PreflightNote note, PreflightEnd end);
    void errand_ended(const Key& key, const std::shared_ptr<Errand>& errand, const PreflightEnd& end);

    Task<void> delete_orphans(std::vector<std::string> thread_ids);

    // Unloading.
    Millis idle_bound() const;
    void left(const Key& key, const std::string& session_id);
    std::optional<MonoTime> next_idle() const;
    Task<void> watch_idle();
    void unload_idle();
    Task<void> unload(Key key, std::shared_ptr<Errand> errand);

    asio::any_io_executor strand_;
    Sessions& sessions_;
    Ledger& ledger_;
    Runtime& runtime_;
    TimeSource& time_;
    const AgentPolicies agents_;
    TurnFeed feed_;
    std::map<Key, Worker> workers_;  // on the strand
    std::size_t look_for_gone_at_ = 64;
    bool stopping_ = false;
    std::shared_ptr<Nursery::Child> idle_watch_, orphans_;
    std::shared_ptr<Nursery> creations_;  // and errands
};

inline constexpr std::string_view worker_kind = "worker";  // scope: owner, key: agent

}  // namespace lanekeeper
