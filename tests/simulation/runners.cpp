#include "simulation/runners.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

namespace lanekeeper::simulation {
namespace {

using boost::system::system_error;

constexpr Millis listening{50};  // for the end of a turn

std::int64_t number(const json::object& payload, const char* name) {
    const auto* value = payload.if_contains(name);
    return value ? value->as_int64() : 0;
}

bool says(const json::object& payload, const char* name, std::string_view word) {
    const auto* value = payload.if_contains(name);
    return value && value->as_string() == word;
}

Effects effect(const RunContext& context, const json::object& payload, std::int64_t step) {
    Effects effects;
    json::object body{{"job", context.job().key}, {"run", context.run()}};
    effects.puts.emplace_back("effect", "", fmt::format("{}:{}", number(payload, "n"), step), std::move(body));
    return effects;
}

// The first terminal signal does not wake a stone.
Task<void> rest(std::shared_ptr<RunContext> context, Millis span, bool stone) {
    auto until = context->time().mono() + span;
    bool disturbed = false;
    try {
        co_await sleep_until(context->time(), until);
    } catch (const system_error&) {
        if (!stone) throw;
        disturbed = true;
    }
    if (!disturbed) co_return;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await sleep_until(context->time(), until);
}

Task<void> work_through(std::shared_ptr<RunContext> context, json::object payload) {
    auto steps = number(payload, "steps");
    Millis pause{number(payload, "ms") / (steps + 1)};
    bool stone = says(payload, "manners", "stone");
    for (std::int64_t step = 0; step < steps; ++step) {
        co_await rest(context, pause, stone);
        auto done = effect(*context, payload, step);
        co_await context->commit(std::move(done));
        if (step == 0) co_await context->report_progress(step);
    }
    co_await rest(context, pause, stone);
}

RunOutcome work_outcome(RunContext& context, const json::object& payload) {
    bool fails = context.run() <= number(payload, "failingRuns");
    if (fails && says(payload, "end", "throws")) throw std::runtime_error("flaky: once more");
    if (fails && says(payload, "end", "unheard")) throw 42;
    if (fails && says(payload, "end", "fatal")) throw JobFailure(ErrorClass::fatal, "hopeless: no use");
    if (fails && says(payload, "end", "nonsense")) return CompletedRun(json::object{{"wrong", true}});
    if (fails && says(payload, "end", "snooze"))
        return SnoozedRun(context.time().wall() + Millis{400}, "later");
    return CompletedRun(json::object{{"sink", payload.at("n")}});
}

}  // namespace

Task<RunOutcome> do_work(std::shared_ptr<RunContext> context, json::object payload, std::shared_ptr<Stage> stage) {
    stage->begins(context->job());
    bool polite = says(payload, "manners", "polite");
    bool eager = says(payload, "manners", "eager");
    if (polite || eager) co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    std::exception_ptr stopped;
    try {
        auto working = work_through(context, payload);
        co_await std::move(working);
    } catch (const system_error&) {
        stopped = std::current_exception();
    }
    if (stopped && (polite || eager)) {
        co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
        Millis tidying(number(payload, "tidyMs"));
        co_await pause_for(context->time(), tidying);
    }
    if (stopped && !eager) std::rethrow_exception(stopped);
    co_return work_outcome(*context, payload);
}

namespace {

// Listens, and reads now and then for what was not heard.
Task<TurnStatus> turn_end(std::shared_ptr<RunContext> context, RunningContext turn, std::shared_ptr<Stage> stage) {
    for (int round = 1;; ++round) {
        if (auto heard = stage->ended(turn.turn_id)) co_return *heard;
        co_await pause_for(context->time(), listening);
        if (round % 5 != 0) continue;
        auto reading = context->runtime().read_turn(turn.thread_id, turn.turn_id);
        auto view = co_await std::move(reading);
        if (!view) throw JobFailure(ErrorClass::retryable, "turn_lost");
        if (view->status != TurnStatus::in_progress) co_return view->status;
    }
}

Task<RunningContext> begin_turn(std::shared_ptr<RunContext> context) {
    ThreadOptions options;
    RunningContext turn;
    turn.thread_id = co_await context->runtime().start_thread(options);
    TurnRequest request;
    request.thread_id = turn.thread_id;
    request.text = "say something";
    request.client_message_id = fmt::format("{}:{}", context->job_id(), context->run());
    auto starting = context->runtime().start_turn(std::move(request));
    turn.turn_id = co_await std::move(starting);
    co_await context->set_running_context(turn);
    co_return turn;
}

}  // namespace

Task<RunOutcome> do_turn(std::shared_ptr<RunContext> context, json::object payload, std::shared_ptr<Stage> stage) {
    stage->begins(context->job());
    auto beginning = begin_turn(context);
    auto turn = co_await std::move(beginning);
    bool leaves = payload.contains("leaves");
    if (leaves) co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto waiting = turn_end(context, turn, stage);
    auto status = co_await std::move(waiting);
    if (status == TurnStatus::failed) throw JobFailure(ErrorClass::retryable, "turn_failed");
    if (status == TurnStatus::interrupted && context->stop_requested()) throw system_error(asio::error::operation_aborted);
    if (status == TurnStatus::interrupted) throw JobFailure(ErrorClass::retryable, "turn_interrupted");
    auto done = effect(*context, payload, 0);
    co_await context->commit(std::move(done));
    CompletedRun completed(json::object{{"sink", payload.at("n")}});
    co_return completed;
}

}  // namespace lanekeeper::simulation
