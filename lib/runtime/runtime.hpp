#pragma once
#include "async/task.hpp"
#include "base/error.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

// What the queue and the sessions need of any agent runtime (runtime.md 1). Calls observe cancellation; they throw
// `RuntimeUnavailable` when there is nobody to ask, `RuntimeRefusal` when the answer is no (api.md 1 has the words;
// a call that an adapter cannot do is `method_not_supported`).

struct ThreadOptions {
    ThreadOptions() = default;
    std::optional<std::string> cwd, model, approval_policy, sandbox, network_access;
    bool hidden = false;  // a worker's thread
};

struct TurnRequest {
    TurnRequest() = default;
    std::string thread_id;
    std::string text;
    std::string client_message_id;  // "<jobId>:<run>" for jobs: tells after a crash whether that run's turn was started
    std::optional<std::string> model, effort, approval_policy, sandbox, network_access;
    /// What the text was made from, for a runtime that reads facts instead of prose, e.g.
    /// {kind:"file_change_explain", changes, truncated} or {kind:"suggest_reply", transcript, draft}. Null: prose only.
    json::value facts;
};

enum class TurnStatus { in_progress, completed, interrupted, failed };
std::string_view to_word(TurnStatus status);  // the runtime's own words: inProgress, completed, interrupted, failed

struct TurnView {
    TurnView() = default;
    std::string turn_id;
    TurnStatus status = TurnStatus::in_progress;
    std::string error;        // when failed
    std::string text;         // the last assistant message
    std::string client_message_id;
    std::size_t items = 0;
};

/// Something the runtime says by itself, in its own shape: {method:"turn/completed", params:{threadId, turn:{…}}}.
/// Methods used here: turn/started, turn/completed, item/started, item/completed, item/agentMessage/delta.
struct RuntimeNotice {
    RuntimeNotice() = default;
    RuntimeNotice(std::string method_, json::object params_) : method(std::move(method_)), params(std::move(params_)) {}
    std::string method;
    json::object params;
};
using NoticeListener = std::function<void(const RuntimeNotice&)>;

/// Something that the runtime asks of people, and for which its turn waits: an approval, tool input, a tool call
/// (runtime.md 2, Approvals): {method:"item/fileChange/requestApproval", params:{threadId, turnId, itemId, …}}.
struct RuntimeQuestion {
    RuntimeQuestion() = default;
    std::string key;  // names it to `answer_question`; never used again, whatever dies
    std::string method;
    json::object params;
    json::value changes;  // of an approval of changes to files: [{path, kind, diff}], where its item said so; else null
};
/// Called on the runtime's executor.
struct QuestionListener {
    QuestionListener() = default;
    std::function<bool(const RuntimeQuestion&)> asked;   // false: nobody can be asked, it is declined at once
    std::function<void(const std::string& key)> settled;  // without our answer: its turn ended, or the runtime did
};

class Runtime {
public:
    virtual ~Runtime() = default;

    virtual std::string name() const = 0;  // builtin, codex, scripted
    /// For health: {adapter, …}.
    virtual json::object describe() const = 0;
    /// Runtime method → available, disabled or unknown (GET /api/capabilities).
    virtual std::map<std::string, std::string> capabilities() const = 0;
    virtual bool available() const = 0;
    /// How often it was started again since the daemon's start. Any thread.
    virtual int restarts() const { return 0; }

    /// Listeners are called in the order of the notices, on the runtime's executor. Add before `start`.
    virtual void add_listener(NoticeListener listener) = 0;
    /// Who is asked; before `start`. Without one everything is declined.
    virtual void set_question_listener(QuestionListener) {}
    virtual Task<void> start() = 0;
    /// Ends every pending call with RuntimeUnavailable. Bounded; harmless twice.
    virtual Task<void> stop() = 0;

    virtual Task<std::string> start_thread(ThreadOptions options) = 0;  // → thread id
    virtual Task<void> resume_thread(std::string thread_id) = 0;
    virtual Task<std::string> fork_thread(std::string thread_id) = 0;   // → new thread id
    virtual Task<void> archive_thread(std::string thread_id) = 0;
    virtual Task<void> unarchive_thread(std::string thread_id) = 0;
    virtual Task<void> delete_thread(std::string thread_id) = 0;
    virtual Task<void> rename_thread(std::string thread_id, std::string title) = 0;
    /// Forgets the last `turns` turns.
    virtual Task<void> revert_thread(std::string thread_id, int turns) = 0;
    virtual Task<void> compact_thread(std::string thread_id) = 0;
    /// The thread is not needed for a while: what is held for it may be let go. It works again when it is used.
    virtual Task<void> unload_thread(std::string thread_id);
    /// Whether a worker's thread is told who it is before its first job (runtime.md 3, preflight): not by a runtime that
    /// reads facts instead of prose.
    virtual bool wants_orientation() const { return false; }

    /// Starts a turn and returns its id at once. Callers make sure that the thread is not busy.
    virtual Task<std::string> start_turn(TurnRequest request) = 0;
    /// Adds a user's text to a running turn; its item carries `client_message_id`, as a turn's first does. Refused
    /// (invalid_state) by a turn that is not active.
    virtual Task<void> steer_turn(std::string thread_id, std::string turn_id, std::string text,
                                  std::string client_message_id) = 0;
    /// Asks the turn to end. May be refused (invalid_state) when it is not active, yet or any more.
    virtual Task<void> interrupt_turn(std::string thread_id, std::string turn_id) = 0;
    /// How a turn stands; nothing when the runtime does not know it.
    virtual Task<std::optional<TurnView>> read_turn(std::string thread_id, std::string turn_id) = 0;

    /// The turn that a user's message is part of (`client_message_id`); nothing when the runtime knows none, or cannot tell.
    virtual Task<std::optional<TurnView>> turn_of_message(std::string thread_id, std::string client_message_id);
    /// What ended in a turn, as its item/completed notices said it: for those who were not there. Empty when it cannot tell.
    virtual Task<std::vector<json::object>> turn_items(std::string thread_id, std::string turn_id);

    /// What was decided, in the runtime's own terms. Refused (invalid_state) when the question is settled.
    virtual Task<void> answer_question(std::string key, json::value answer);

    /// Pass-through of a method of api.md 4's last paragraph; throws method_not_supported where there is none.
    virtual Task<json::value> call(std::string method, json::object params) = 0;
};

}  // namespace lanekeeper
