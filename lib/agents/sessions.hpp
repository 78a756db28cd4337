#pragma once
#include "agents/keep_answer.hpp"
#include "async/time_source.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "queue/ledger.hpp"
#include "queue/queue.hpp"
#include "runtime/runtime.hpp"
#include "session/directory.hpp"
#include "transcript/entry.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

struct SessionCore;
class Conversation;
class SessionControls;
struct TurnRecord;
struct CopiedRows;

/// A chat with what a client shows of it.
struct SessionView {
    SessionView() = default;
    session::Session session;
    json::object thread;  // {id, name, status, activeTurnId, turns:[{id, status, …}], …}
    std::vector<transcript::Entry> transcript;
};

struct NewSession {
    NewSession() = default;
    std::optional<std::string> cwd, model, approval_policy, network_access, filesystem_sandbox, project_id;
    std::optional<std::string> title;
};

// Chats and their lives (api.md 4): users' sessions and the hidden ones of workers. All changes go through the ledger;
// the directory in memory shows what was committed. Calls may come from any executor and resume on the caller's; those
// on one chat take turns. Refusals are Problems, with codes of api.md 1 and the routes' own words (`turn_active`,
// `not_materialized`, `no_active_turn`, `project_not_found`, `already_resolved`, `not_eligible` …), details included.
// `RuntimeUnavailable`, `RuntimeRefusal` and `StorageUnavailable` pass through. Not cancellable.
class Sessions {
public:
    /// `executor`: where its own coroutines run. Everything given outlives it.
    Sessions(asio::any_io_executor executor, const Settings& settings, TimeSource& time, Random& random, Ledger& ledger,
             Runtime& runtime);
    ~Sessions();
    Sessions(const Sessions&) = delete;
    Sessions& operator=(const Sessions&) = delete;

    void attach(Queue& queue);  // before `start`

    /// Reads the directory; after the store is open, before anything asks.
    Task<void> load();
    /// After the runtime and the ingest started: starts messages that waited over a restart.
    Task<void> start();
    /// Ends its own coroutines. Bounded; harmless twice.
    Task<void> stop();

    // From memory, any thread.

    /// `deleted`, `system_session` or `not_found`, in this order; every user operation asks it first.
    Result<void> require_user_session(const std::string& id) const;
    /// The same for reading: an operator may read a hidden one.
    Result<void> require_readable(const std::string& id, bool operator_role) const;
    /// The lane of a session's work: its project, or "session:<id>"; for a worker's session the owner it works for.
    /// Nothing for unknown and deleted ones.
    std::optional<std::string> owner_of(const std::string& session_id) const;
    std::optional<session::Session> find(const std::string& session_id) const;
    bool is_system_owned(const std::string& session_id) const;
    /// Who may hear its events.
    Audience audience_of(const std::string& session_id) const;
    Result<session::SessionPage> list(const session::ListQuery& query) const;

    // Threads that the runtime knows and the store does not, made by other programs: see guests.hpp.

    /// `list` with those among them; what the store has when the runtime does not tell of any.
    Task<Result<session::SessionPage>> list_with_guests(session::ListQuery query);
    /// Makes a chat of one, for whoever looked a session up and did not find it. False: it stays unknown.
    Task<bool> adopt(std::string thread_id);

    // Hidden sessions, for those who run workers.

    /// Records a worker's session on a thread that exists already, marked system-owned from the first moment, together
    /// with `also` (the worker's mapping, preflight state), in one commit. Its id is the thread's; its controls are
    /// its agent's, or those of one that may only read, whatever users' defaults are.
    Task<Result<session::Session>> create_system_session(std::string owner, std::string agent, std::string thread_id,
                                                         session::Controls controls, Effects also);
    Task<Result<session::Session>> create_system_session(std::string owner, std::string agent, std::string thread_id,
                                                         Effects also);
    /// Forgets a worker's session and its rows, together with `also`. Harmless when it is gone.
    Task<void> drop_system_session(std::string session_id, Effects also);

    // Reading.

    /// Base and own rows, merged (api.md 6). Empty for unknown sessions.
    Task<std::vector<transcript::Entry>> transcript(std::string session_id);
    Task<Result<SessionView>> view(std::string session_id);

    // A chat's life. The caller asked `require_user_session`; it is asked again under the chat's lock. What needs a thread
    // that the runtime does not have is `not_materialized` for a chat that never ran, else `invalid_state`.

    /// `keep`: committed with the chat, as below.
    Task<Result<SessionView>> create(NewSession wanted, KeepAnswer<SessionView> keep = {});
    Task<Result<session::Session>> rename(std::string session_id, std::string title);
    /// → the previous project. `project_not_found`.
    Task<Result<std::optional<std::string>>> assign_project(std::string session_id, std::optional<std::string> project_id);
    /// A turn under way goes on to its end; messages that wait are kept, and start after `unarchive`.
    Task<Result<void>> archive(std::string session_id);
    Task<Result<SessionView>> unarchive(std::string session_id);
    /// Cancels the open jobs (`session_deleted`), then 410 for ever.
    Task<Result<session::Tombstone>> remove(std::string session_id);
    Task<Result<SessionView>> fork(std::string session_id, KeepAnswer<SessionView> keep = {});
    Task<Result<SessionView>> resume(std::string session_id);
    Task<Result<json::object>> compact(std::string session_id);
    /// A review is a turn of the chat: `turn_active` while there is one. → the runtime's answer to `method`.
    Task<Result<json::value>> start_review(std::string session_id, std::string method, json::object params);
    /// A runtime's method about the chat's thread. → its answer.
    Task<Result<json::value>> ask_runtime(std::string session_id, std::string method, json::object params);
    /// Removes the rows of the last turns. → result {removedTurnIds}
    Task<Result<json::object>> rollback(std::string session_id, int turns);
    /// A client's own row. → the row as it is now.
    Task<Result<transcript::Entry>> upsert_entry(std::string session_id, transcript::Entry entry);

    Conversation& conversation() { return *conversation_; }
    SessionControls& controls() { return *controls_; }
    SessionCore& core() { return *core_; }

private:
    Task<Result<session::Session>> user_session(std::string session_id) const;
    Task<CopiedRows> copy_rows(std::string from);
    Task<Result<SessionView>> found(SessionView view, Effects effects, KeepAnswer<SessionView> keep);
    Task<void> delete_thread(session::Session session);
    Task<Result<json::object>> forget_turns(std::string session_id, int asked, std::vector<TurnRecord> turns);

    std::unique_ptr<SessionCore> core_;
    std::unique_ptr<Conversation> conversation_;
    std::unique_ptr<SessionControls> controls_;
};

}  // namespace lanekeeper
