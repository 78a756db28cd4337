// CodexRuntime: turns.
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/call_on.hpp"
#include "runtime/codex/codex_runtime.hpp"
#include "runtime/codex/params.hpp"
#include "runtime/codex/replies.hpp"

namespace lanekeeper {
namespace {

using codex::LiveTurns;

constexpr Millis interrupt_again{50};
constexpr Millis end_comes_within{2'000};  // after it was written
constexpr Millis look_for_end{100};
constexpr Millis started_patience{1'000};  // of who was told that a turn is interrupted
constexpr Millis start_patience{5'000};
constexpr int interrupts_max = 40;  // asked for a turn that goes on

}  // namespace

Task<std::string> CodexRuntime::start_turn(TurnRequest request) {
    auto end = co_await ask_for_turn("turn/start", codex::turn_start_params(request), request.thread_id);
    auto result = value_of("turn/start", std::move(end));
    co_return codex::turn_id_of(result);
}

// A review is a turn, too.
Task<json::value> CodexRuntime::start_other_turn(std::string method, json::object params, std::string thread_id) {
    auto end = co_await ask_for_turn(method, std::move(params), std::move(thread_id));
    co_return value_of(method, std::move(end));
}

Task<codex::CallEnd> CodexRuntime::ask_for_turn(std::string method, json::object params, std::string thread_id) {
    auto reply = std::make_shared<Reply<CallEnd>>();
    auto owed = std::make_shared<OwedReply>(reply);
    auto begin = [this, method = std::move(method), params = std::move(params), thread_id = std::move(thread_id), reply,
                  owed]() mutable { begin_turn(method, std::move(params), thread_id, reply, owed); };
    std::function<void()> start = [strand = strand_, begin = std::move(begin)]() mutable { asio::post(strand, std::move(begin)); };
    return await_reply(std::move(reply), std::move(start));
}

// What becomes of the turn is written down where the answer arrives, whatever became of the caller meanwhile.
void CodexRuntime::begin_turn(const std::string& method, json::object params, const std::string& thread_id,
                              std::shared_ptr<Reply<CallEnd>> reply, std::shared_ptr<OwedReply> owed) {
    if (unwanted_.contains(thread_id)) return reply->fail(std::make_exception_ptr(not_known_yet(method)));
    if (!turns_.reserve(thread_id)) {
        auto busy = RuntimeRefusal("invalid_state", method + ": the thread has a turn under way");
        return reply->fail(std::make_exception_ptr(busy));
    }
    auto done = [this, thread_id, reply, owed](CallEnd end) {
        reply->answer(turn_answered(thread_id, std::move(end)));
    };
    ask_loaded(method, std::move(params), thread_id, std::move(done));
}

/// → what the caller is told.
codex::CallEnd CodexRuntime::turn_answered(const std::string& thread_id, CallEnd end) {
    if (end.how == CallEnd::How::timed_out && end.call != 0) {
        auto turn = turns_.find(thread_id);
        if (turn && !turn->id.empty()) return codex::turn_start_answer(thread_id, turn->id);  // only the answer is missing
        may_come_late(thread_id, end.call);
        return end;
    }
    auto turn_id = end.how == CallEnd::How::answered ? codex::turn_id_of(end.result) : std::string();
    bool comes = end.how == CallEnd::How::answered && !stopping_;  // a compaction: its turn has no name yet
    bool elsewhere = codex::runs_elsewhere(end.result, thread_id);
    if (elsewhere) turns_.release(thread_id);
    else if (!turn_id.empty()) turns_.begin(thread_id, turn_id);
    else if (comes) nursery_.start("turn without a name", give_up_unless_started(thread_id));
    else turns_.release(thread_id);
    return end;
}

Task<void> CodexRuntime::give_up_unless_started(std::string thread_id) {
    auto deadline = time_.mono() + start_patience;
    while (!stopping_ && time_.mono() < deadline) {
        auto turn = turns_.find(thread_id);
        if (!turn || !turn->id.empty()) co_return;
        co_await pause_for(time_, interrupt_again);
    }
    turns_.release(thread_id);
}

Task<void> CodexRuntime::steer_turn(std::string thread_id, std::string turn_id, std::string text,
                                    std::string client_message_id) {
    auto look = [this, thread_id] { return unwanted_.contains(thread_id); };
    bool unwanted = co_await call_on(strand_, look);
    if (unwanted) throw RuntimeRefusal("invalid_state", "turn/steer: the turn is being interrupted");
    co_await get("turn/steer", codex::steer_params(thread_id, turn_id, text, client_message_id));
}

Task<void> CodexRuntime::interrupt_turn(std::string thread_id, std::string turn_id) {
    auto wish = [this, thread_id, turn_id] {
        if (!server_.ready()) throw unavailable();
        auto answer = turns_.interrupt(thread_id, turn_id);
        bool waits = answer == LiveTurns::Interrupt::remembered && !stopping_;
        if (waits) nursery_.start("interrupt of a turn to come", insist_unless_started(thread_id, turn_id));
        return std::pair(answer, turns_.interruptible_id(thread_id, turn_id));
    };
    auto [answer, known_as] = co_await call_on(strand_, wish);
    if (answer == LiveTurns::Interrupt::not_active)
        throw RuntimeRefusal("invalid_state", "turn/interrupt: no active turn to interrupt");
    if (answer == LiveTurns::Interrupt::ask) co_await get("turn/interrupt", codex::turn_params(thread_id, known_as));
}

void CodexRuntime::insist(const std::string& thread_id, const std::string& turn_id) {
    if (!stopping_) nursery_.start("interrupt", interrupt_until_ended(thread_id, turn_id));
}

// The news of its start may be lost.
Task<void> CodexRuntime::insist_unless_started(std::string thread_id, std::string turn_id) {
    auto deadline = time_.mono() + started_patience;
    while (!stopping_) {
        auto turn = turns_.find(thread_id);
        if (!turn || turn->id != turn_id || turn->started) co_return;
        if (time_.mono() >= deadline) break;
        co_await pause_for(time_, interrupt_again);
    }
    co_await interrupt_until_ended(thread_id, turn_id);
}

Task<void> CodexRuntime::interrupt_until_ended(std::string thread_id, std::string turn_id) {
    for (int asked = 0; asked < interrupts_max; ++asked) {
        if (stopping_ || !turns_.runs(thread_id, turn_id)) co_return;
        auto known_as = turns_.interruptible_id(thread_id, turn_id);
        auto end = co_await ask("turn/interrupt", codex::turn_params(thread_id, known_as));
        if (end.how != CallEnd::How::refused) co_return;
        co_await pause_for(time_, interrupt_again);
    }
    log_warn("turn goes on after an interrupt", {{"threadId", thread_id}, {"turnId", turn_id}});
}

// The news of an end may be on its way; where it is not, and a second look says the same, listeners are told what was
// written of the turn.
Task<void> CodexRuntime::tell_unheard_end(std::string thread_id, std::string turn_id) {
    auto late = time_.mono() + end_comes_within;
    while (!stopping_ && time_.mono() < late) co_await pause_for(time_, look_for_end);
    bool not_over = co_await goes_on(thread_id, turn_id);
    if (stopping_ || unheard_.erase({thread_id, turn_id}) == 0) co_return;
    if (not_over) {
        turns_.goes_on(thread_id, turn_id);
        co_return;
    }
    bool told = co_await try_to_settle(thread_id, turn_id);
    if (!told) lost_.emplace(thread_id, turn_id);
}

Task<bool> CodexRuntime::goes_on(std::string thread_id, std::string turn_id) {
    std::optional<TurnView> view;
    try {
        view = co_await find_turn(thread_id, turn_id);
    } catch (const std::runtime_error& error) {
        log_debug("turn could not be read again", {{"threadId", thread_id}, {"error", error.what()}});
    }
    co_return view && view->status == TurnStatus::in_progress;
}

// A turn that codex has said to have started is over when its list says so, and its thread takes the next one at once. Who
// waits for the turn's end keeps the grace for what is read and was not said (runtime.md 4) himself; it is said here only
// after a second look.
Task<std::optional<TurnView>> CodexRuntime::read_turn(std::string thread_id, std::string turn_id) {
    auto coming = [this, thread_id, turn_id] {
        auto live = turns_.find(thread_id);
        return live && live->id == turn_id && !live->started;
    };
    bool not_started = co_await call_on(strand_, coming);  // before it is asked for: its start may be said meanwhile
    auto view = co_await find_turn(thread_id, turn_id);
    if (!view || view->status == TurnStatus::in_progress) co_return view;
    // Until it has started, the server's list calls a turn interrupted.
    if (not_started) view->status = TurnStatus::in_progress;
    auto over = [this, thread_id, turn_id] {  // also when the news of its end was lost
        if (!turns_.runs(thread_id, turn_id)) return false;
        turns_.ended(thread_id, turn_id);
        questions_of_turn_settled(thread_id);
        unheard_.emplace(thread_id, turn_id);
        if (!stopping_) nursery_.start("unheard end", tell_unheard_end(thread_id, turn_id));
        return true;
    };
    if (!not_started) co_await call_on(strand_, over);
    co_return view;
}

}  // namespace lanekeeper
