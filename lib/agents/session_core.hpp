#pragma once
#include "agents/key_lock.hpp"
#include "agents/turn_tracker.hpp"
#include "async/time_source.hpp"
#include "base/ids.hpp"
#include "base/settings.hpp"
#include "queue/ledger.hpp"
#include "queue/queue.hpp"
#include "runtime/runtime.hpp"
#include "session/directory.hpp"

namespace lanekeeper {

/// What the services of sessions and projects share: their ports, the directory, one lock per chat, and who has a turn.
/// Owned by `Sessions`.
struct SessionCore {
    SessionCore(const Settings& settings_, TimeSource& time_, Random& random_, Ledger& ledger_, Runtime& runtime_)
        : settings(settings_), time(time_), ids(random_), ledger(ledger_), runtime(runtime_) {}

    const Settings& settings;
    TimeSource& time;
    RisingIds ids;  // sort as they were made
    Ledger& ledger;
    Runtime& runtime;
    Queue* queue = nullptr;  // from `Sessions::attach`
    session::Directory directory;
    KeyLock locks;  // keys: session ids; `rows_lock`, always after the id; "projects" for names
    TurnTracker turns;
    std::vector<std::string> orphans;  // threads of workers that `Sessions::load` found without an owner

    /// Commits members of one session with `also`, then shows them in the directory. `not_found` when it is gone.
    /// Stamps `updatedAt`.
    Task<Result<void>> change(std::string session_id, json::object members, Effects also);
    /// Makes sure that the runtime has a thread for the chat: resumes it, or, when the runtime knows it no more (`not_found`),
    /// starts a new one under the chat's own id. → the runtime's thread id. `turn_active` instead of a new thread under a
    /// turn; any other refusal is thrown.
    Task<Result<std::string>> ensure_thread(session::Session session);
    /// Commits rows and news; a refusal is returned.
    Task<Result<void>> commit(Effects effects);

    WallTime now() const { return time.wall(); }
};

/// Held while rows of a session that depend on what is there are written: deletion and rollback exclude ingest.
inline std::string rows_lock(const std::string& session_id) { return "rows:" + session_id; }

ThreadOptions thread_options(const session::Controls& controls, const std::optional<std::string>& cwd);
/// What a worker's session runs with, whatever users' defaults are (runtime.md 3): the runtime's own model, read-only, no
/// network, no approvals.
session::Controls worker_controls();
Problem project_not_found(const std::string& project_id);
Problem turn_active(const std::string& session_id, const std::string& turn_id);

/// The put that creates or changes a session's record.
RecordPut put_session(const session::Session& session);
RecordPut patch_session(const std::string& id, json::object members);
/// Changes nothing; its commit is refused with `record_missing` {kind: "project"} when the project is gone by then.
RecordPut expect_project(const std::string& project_id);
/// `project_not_found` when `expect_project` refused the commit, else the problem itself.
Problem without_project(const Problem& refusal, const std::string& project_id);

inline constexpr std::string_view session_kind = "session";
inline constexpr std::string_view tombstone_kind = "session.deleted";
inline constexpr std::string_view project_kind = "project";
inline constexpr std::string_view open_question_kind = "question.open";  // scope: session id

}  // namespace lanekeeper
