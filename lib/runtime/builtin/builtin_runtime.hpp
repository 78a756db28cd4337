#pragma once
#include "async/nursery.hpp"
#include "async/time_source.hpp"
#include "base/ids.hpp"
#include "runtime/builtin/turn_memory.hpp"
#include "runtime/runtime.hpp"

#include <atomic>
#include <memory>

namespace lanekeeper {

struct BuiltinOptions {
    Millis pace{10};  // before each paragraph of an answer, so that a turn streams; zero: at once
};

/// The runtime that is always there (runtime.md 1): explains file changes, suggests replies, and answers any other turn
/// with a digest of what it was given, in this process and deterministically. What a turn is about it reads from
/// `TurnRequest::facts`. Any thread id can be used: threads have no state of their own here, and rows live in the store.
/// Recent turns are remembered for `read_turn`, until a restart.
///
/// A drill, so that interrupt and steer can be tried: a text that begins with "/pause 20s" (or "500ms", at most 60 s)
/// is answered after that time.
///
/// Calls come from any executor and resume there; turns and listeners run on a strand of its own over `executor`.
/// The owner awaits `stop()` before it destroys this.
class BuiltinRuntime final : public Runtime {
public:
    /// `random` is used on the strand.
    BuiltinRuntime(asio::any_io_executor executor, TimeSource& time, Random& random, BuiltinOptions options = {});

    std::string name() const override { return "builtin"; }
    json::object describe() const override;
    std::map<std::string, std::string> capabilities() const override;
    bool available() const override { return running_; }

    void add_listener(NoticeListener listener) override { listeners_.push_back(std::move(listener)); }
    Task<void> start() override;
    /// Running turns end without a word, as a runtime's do when its process ends.
    Task<void> stop() override;

    Task<std::string> start_thread(ThreadOptions options) override;
    Task<void> resume_thread(std::string thread_id) override;
    Task<std::string> fork_thread(std::string thread_id) override;
    Task<void> archive_thread(std::string thread_id) override;
    Task<void> unarchive_thread(std::string thread_id) override;
    Task<void> delete_thread(std::string thread_id) override;
    Task<void> rename_thread(std::string thread_id, std::string title) override;
    Task<void> revert_thread(std::string thread_id, int turns) override;
    Task<void> compact_thread(std::string thread_id) override;

    /// A busy thread is refused with invalid_state.
    Task<std::string> start_turn(TurnRequest request) override;
    Task<void> steer_turn(std::string thread_id, std::string turn_id, std::string text,
                          std::string client_message_id) override;
    Task<void> interrupt_turn(std::string thread_id, std::string turn_id) override;
    Task<std::optional<TurnView>> read_turn(std::string thread_id, std::string turn_id) override;

    Task<json::value> call(std::string method, json::object params) override;

private:
    using TurnPtr = std::shared_ptr<builtin::Turn>;

    void require_running() const;
    std::string make_id(const char* prefix);
    Task<void> touch();
    std::string begin_turn(TurnRequest request);
    TurnPtr active_turn(const std::string& thread_id, const std::string& turn_id);
    void emit(const RuntimeNotice& notice);

    // The turn itself, on the strand.
    Task<void> play(TurnPtr turn);
    void say_user_message(builtin::Turn& turn, std::string text, const std::string& client_message_id);
    Task<void> say_answer(TurnPtr turn);
    Task<void> wait_unless_stopped(TurnPtr turn, Millis span);
    void end_turn(const TurnPtr& turn, TurnStatus status);
    void cut_off(const TurnPtr& turn);

    asio::any_io_executor strand_;
    TimeSource& time_;
    RisingIds ids_;
    BuiltinOptions options_;
    std::vector<NoticeListener> listeners_;
    builtin::TurnMemory memory_;
    Nursery turns_;
    std::atomic<bool> running_{false};
    std::atomic<int> active_{0};
};

}  // namespace lanekeeper
