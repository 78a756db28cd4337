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
constexpr int interrupts_max = 40;  // asked for a turn that goes on

}  // namespace

Task<std::string> CodexRuntime::start_turn(TurnRequest request) {
    auto reply = std::make_shared<Reply<CallEnd>>();
    auto owed = std::make_shared<OwedReply>(reply);
    auto begin = [this, request = std::move(request), reply, owed]() mutable { begin_turn(std::move(request), reply, owed); };
    std::function<void()> start = [strand = strand_, begin = std::move(begin)]() mutable { asio::post(strand, std::move(begin)); };
    auto end = co_await await_reply(std::move(reply), std::move(start));
    auto result = value_of("turn/start", std::move(end));
    co_return codex::turn_id_of(result);
}

// What becomes of the turn is written down where the answer arrives, whatever became of the caller meanwhile.
void CodexRuntime::begin_turn(TurnRequest request, std::shared_ptr<Reply<CallEnd>> reply, std::shared_ptr<OwedReply> owed) {
    auto thread_id = request.thread_id;
    if (!turns_.reserve(thread_id)) {
        auto busy = RuntimeRefusal("invalid_state", "turn/start: the thread has a turn under way");
        return reply->fail(std::make_exception_ptr(busy));
    }
    auto done = [this, thread_id, reply, owed](CallEnd end) {
        turn_answered(thread_id, end);
        reply->answer(std::move(end));
    };
    ask_loaded("turn/start", codex::turn_start_params(request), thread_id, std::move(done));
}

void CodexRuntime::turn_answered(const std::string& thread_id, const CallEnd& end) {
    if (end.how == CallEnd::How::timed_out) unwanted_.insert(thread_id);
    else unwanted_.erase(thread_id);
    auto turn_id = end.how == CallEnd::How::answered ? codex::turn_id_of(end.result) : std::string();
    if (turn_id.empty()) turns_.release(thread_id);
    else turns_.begin(thread_id, turn_id);
}

Task<void> CodexRuntime::steer_turn(std::string thread_id, std::string turn_id, std::string text,
                                    std::string client_message_id) {
    co_await get("turn/steer", codex::steer_params(thread_id, turn_id, text, client_message_id));
}

Task<void> CodexRuntime::interrupt_turn(std::string thread_id, std::string turn_id) {
    auto wish = [this, thread_id, turn_id] {
        if (!server_.ready()) throw unavailable();
        return turns_.interrupt(thread_id, turn_id);
    };
    auto answer = co_await call_on(strand_, wish);
    if (answer == LiveTurns::Interrupt::not_active)
        throw RuntimeRefusal("invalid_state", "turn/interrupt: no active turn to interrupt");
    if (answer == LiveTurns::Interrupt::ask) co_await get("turn/interrupt", codex::turn_params(thread_id, turn_id));
}

void CodexRuntime::insist(const std::string& thread_id, const std::string& turn_id) {
    if (!stopping_) nursery_.start("interrupt", interrupt_until_ended(thread_id, turn_id));
}

Task<void> CodexRuntime::interrupt_until_ended(std::string thread_id, std::string turn_id) {
    for (int asked = 0; asked < interrupts_max; ++asked) {
        if (stopping_ || !turns_.runs(thread_id, turn_id)) co_return;
        auto end = co_await ask("turn/interrupt", codex::turn_params(thread_id, turn_id));
        if (end.how != CallEnd::How::refused) co_return;
        co_await pause_for(time_, interrupt_again);
    }
    log_warn("turn goes on after an interrupt", {{"threadId", thread_id}, {"turnId", turn_id}});
}

Task<std::optional<TurnView>> CodexRuntime::read_turn(std::string thread_id, std::string turn_id) {
    auto view = co_await find_turn(thread_id, turn_id);
    if (!view || view->status == TurnStatus::in_progress) co_return view;
    // Until it has started, the server's list calls a turn interrupted.
    auto coming = [this, thread_id, turn_id] {
        auto live = turns_.find(thread_id);
        return live && live->id == turn_id && !live->started;
    };
    bool not_started = co_await call_on(strand_, coming);
    if (not_started) view->status = TurnStatus::in_progress;
    co_return view;
}

}  // namespace lanekeeper
