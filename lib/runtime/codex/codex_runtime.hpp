#pragma once
#include "async/reply.hpp"
#include "base/settings.hpp"
#include "runtime/call_on.hpp"
#include "runtime/codex/app_server.hpp"
#include "runtime/codex/file_changes.hpp"
#include "runtime/codex/live_turns.hpp"
#include "runtime/runtime.hpp"

#include <map>
#include <set>
#include <utility>

namespace lanekeeper {

/// The runtime `codex` (runtime.md 2): turns and threads of a `codex app-server` that it supervises.
///
/// What it adds to the protocol: one turn a thread (a busy one refuses, invalid_state); a thread that is not loaded is
/// resumed before it is used, as is one that was unloaded; an interrupt that comes before the turn has started is
/// remembered until it has; a turn whose start was not answered in time is interrupted when it comes about, and until it
/// has ended its thread is as if nobody were there (RuntimeUnavailable), for a bounded time: nothing is said of it, and it
/// answers no message, unless it completes all the same; when the process dies, its turns are read after the restart, and
/// what listeners had missed of them is said, their ends last. Each end is said once.
/// What it asks of people goes to the question listener; without one, or when that knows nobody to ask, it is declined.
///
/// Calls come from any executor and resume there; each is bounded by a deadline of its own and not cancellable before.
/// Listeners are called on a strand of its own over `executor`. The owner awaits `stop()`, or destroys the io_context
/// first.
class CodexRuntime final : public Runtime {
public:
    CodexRuntime(asio::any_io_executor executor, TimeSource& time, codex::ServerOptions options);

    std::string name() const override { return "codex"; }
    json::object describe() const override;
    std::map<std::string, std::string> capabilities() const override { return capabilities_.get(); }
    bool available() const override { return server_.ready(); }

    void add_listener(NoticeListener listener) override { listeners_.push_back(std::move(listener)); }
    void set_question_listener(QuestionListener listener) override { people_ = std::move(listener); }
    Task<void> start() override { return server_.start(); }
    Task<void> stop() override;
    int restarts() const override;

    Task<std::string> start_thread(ThreadOptions options) override;
    Task<void> resume_thread(std::string thread_id) override;
    Task<std::string> fork_thread(std::string thread_id) override;
    Task<void> archive_thread(std::string thread_id) override;
    Task<void> unarchive_thread(std::string thread_id) override;
    Task<void> delete_thread(std::string thread_id) override;
    Task<void> rename_thread(std::string thread_id, std::string title) override;
    Task<void> revert_thread(std::string thread_id, int turns) override;
    Task<void> compact_thread(std::string thread_id) override;
    /// The server is told that nobody listens; it unloads such a thread in its own time.
    Task<void> unload_thread(std::string thread_id) override;
    bool wants_orientation() const override { return true; }

    Task<std::string> start_turn(TurnRequest request) override;
    Task<void> steer_turn(std::string thread_id, std::string turn_id, std::string text,
                          std::string client_message_id) override;
    Task<void> interrupt_turn(std::string thread_id, std::string turn_id) override;
    Task<std::optional<TurnView>> read_turn(std::string thread_id, std::string turn_id) override;
    Task<std::optional<TurnView>> turn_of_message(std::string thread_id, std::string client_message_id) override;
    Task<std::vector<json::object>> turn_items(std::string thread_id, std::string turn_id) override;

    Task<void> answer_question(std::string key, json::value answer) override;

    Task<json::value> call(std::string method, json::object params) override;

private:
    using CallEnd = codex::CallEnd;
    using CallDone = codex::CallDone;

    // Calls. `ask` from any executor, the others on the strand.
    Task<CallEnd> ask(std::string method, json::object params, std::string loaded_thread = {});
    Task<json::value> get(std::string method, json::object params, std::string loaded_thread = {});
    void ask_loaded(std::string method, json::object params, std::string thread_id, CallDone done);
    void ask_resumed(std::string method, json::object params, std::string thread_id, CallDone done);
    json::value value_of(const std::string& method, CallEnd end) const;
    RuntimeUnavailable unavailable() const;

    // Threads.
    Task<bool> call_unless_gone(std::string method, json::object params);
    Task<std::string> oldest_of_last(std::string thread_id, int turns);

    // Turns, on the strand.
    Task<json::value> start_other_turn(std::string method, json::object params, std::string thread_id);
    Task<CallEnd> ask_for_turn(std::string method, json::object params, std::string thread_id);
    void begin_turn(const std::string& method, json::object params, const std::string& thread_id,
                    std::shared_ptr<Reply<CallEnd>> reply, std::shared_ptr<OwedReply> owed);
    Task<void> give_up_unless_started(std::string thread_id);
    CallEnd turn_answered(const std::string& thread_id, CallEnd end);
    void insist(const std::string& thread_id, const std::string& turn_id);
    Task<void> insist_unless_started(std::string thread_id, std::string turn_id);
    Task<void> interrupt_until_ended(std::string thread_id, std::string turn_id);
    Task<json::value> page_of_turns(std::string thread_id, std::size_t limit, json::value cursor, bool whole);
    Task<std::optional<TurnView>> find_turn(std::string thread_id, std::string turn_id);

    // Turns whose start was not answered in time, on the strand.
    void may_come_late(const std::string& thread_id, std::int64_t call);
    void note_late(const std::string& thread_id, const std::string& turn_id);
    void came_late(const std::string& thread_id, const std::string& turn_id);
    void heard_late(std::int64_t call, const CallEnd& end);
    void unwanted_ended(const std::string& thread_id, const std::string& turn_id);
    void forget_unwanted(const std::string& thread_id);
    Task<void> give_up_unwanted(std::string thread_id, std::int64_t call);
    RuntimeUnavailable not_known_yet(const std::string& method) const;

    // What the server says, on the strand.
    void hear(codex::Message message);
    bool is_for_listeners(const RuntimeNotice& notice, const std::string& thread_id, const std::string& turn_id);
    void emit(const RuntimeNotice& notice);
    void tell_end(const std::string& thread_id, const TurnView& end, const std::vector<json::object>& items);
    std::optional<std::string> asked(const codex::Message& request);
    std::string question_key(const json::value& request_id) const;
    void question_settled(const std::string& key);
    void questions_of_turn_settled(const std::string& thread_id);
    void came_up();
    void went_down();
    Task<void> settle_lost_turns();
    Task<void> tell_unheard_end(std::string thread_id, std::string turn_id);
    Task<bool> goes_on(std::string thread_id, std::string turn_id);
    Task<void> tell_late_turn(std::string thread_id, std::string turn_id);
    Task<bool> try_to_settle(std::string thread_id, std::string turn_id);
    Task<void> settle_lost_turn(std::string thread_id, std::string turn_id);
    Task<void> learn_capabilities();
    void learn_login(const CallEnd& end);

    Strand strand_;
    TimeSource& time_;
    std::string binary_;
    std::vector<NoticeListener> listeners_;
    QuestionListener people_;
    struct OpenQuestion {
        json::value request_id;  // the server's
        std::string thread_id;   // empty: no turn waits for it
    };
    std::map<std::string, OpenQuestion> questions_;  // that people think about, by key
    codex::LiveTurns turns_;
    codex::FileChanges file_changes_;
    std::set<std::pair<std::string, std::string>> unheard_;  // {thread, turn} that ended, and nobody said so yet
    std::set<std::pair<std::string, std::string>> lost_;  // {thread, turn} that ran when a server died
    std::set<std::string> let_go_;             // threads that are not listened to: to be resumed before they are used
    struct Unwanted {
        std::int64_t call = 0;  // that asked for it
        std::string turn_id;    // empty: it has not been heard of yet
    };
    std::map<std::string, Unwanted> unwanted_;  // turns that may start and that nobody waits for, by thread
    codex::RememberedIds late_;  // turns that came then: nobody is told of one unless it completes
    codex::RememberedIds told_;  // turns whose end was said
    const Millis call_within_;
    const Millis unwanted_within_;  // after that long without a word the turn will not come
    Nursery nursery_;
    bool stopping_ = false;
    codex::Snapshot<std::map<std::string, std::string>> capabilities_;
    codex::Snapshot<std::optional<bool>> needs_login_;  // nothing: not known
    codex::AppServer server_;
};

/// The runtime for these settings, or nothing when there is no executable (CODEX_BIN, PATH).
std::unique_ptr<CodexRuntime> make_codex_runtime(asio::any_io_executor executor, TimeSource& time,
                                                 const RuntimeSettings& settings);

}  // namespace lanekeeper
