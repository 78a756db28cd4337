#include "agents/run_turn.hpp"

#include "base/log.hpp"
#include "queue/outcome_unknown.hpp"

#include <fmt/format.h>

#include <boost/asio/this_coro.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr Millis after_timeout{1'000};

/// What came of asking for a turn: an id, or a time to come back.
struct StartAnswer {
    StartAnswer() = default;
    std::string turn_id;
    std::optional<SnoozedRun> snooze;
};

[[noreturn]] void throw_refusal(const RuntimeRefusal& refusal) {
    if (refusal.code == "invalid_state" || refusal.code == "not_found") throw ThreadUnusable(refusal.what());
    bool hopeless = refusal.code == "invalid_params" || refusal.code == "method_not_supported";
    throw JobFailure(hopeless ? ErrorClass::fatal : ErrorClass::retryable, refusal.code + ": " + refusal.what());
}

Task<StartAnswer> start_turn(std::shared_ptr<RunContext> context, TurnRequest request) {
    StartAnswer answer;
    try {
        answer.turn_id = co_await context->runtime().start_turn(std::move(request));
    } catch (const RuntimeUnavailable& nobody) {
        answer.snooze = SnoozedRun(context->time().wall() + Millis{nobody.retry_after_ms}, "runtime_unavailable");
    } catch (const RuntimeRefusal& refusal) {
        if (refusal.code != runtime_timeout) throw_refusal(refusal);
        answer.snooze = put_off_for_timeout(*context);
    }
    co_return answer;
}

// Best effort, once: a turn that goes on makes its thread unusable, which the next job on it finds out.
Task<void> interrupt_quietly(std::shared_ptr<RunContext> context, std::string thread_id, std::string turn_id) {
    try {
        co_await context->runtime().interrupt_turn(thread_id, turn_id);
    } catch (const RuntimeRefusal& refusal) {
        log_debug("interrupt refused", {{"jobId", context->job_id()}, {"code", refusal.code}});
    } catch (const RuntimeUnavailable&) {
        log_debug("interrupt without a runtime", {{"jobId", context->job_id()}});
    }
}

Task<void> record_turn(std::shared_ptr<RunContext> context, std::string thread_id, std::string turn_id) {
    std::exception_ptr failure;
    try {
        RunningContext running{thread_id, turn_id};
        co_await context->set_running_context(std::move(running));
    } catch (...) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    // Nobody knows of the turn but us.
    co_await interrupt_quietly(context, thread_id, turn_id);
    std::rethrow_exception(failure);
}

Task<void> read_once(std::shared_ptr<RunContext> context, std::string thread_id, std::string turn_id, TurnWatch& watch) {
    try {
        auto view = co_await context->runtime().read_turn(thread_id, turn_id);
        watch.read(view, context->time().mono());
    } catch (const RuntimeUnavailable&) {
        watch.nobody_there(context->time().mono());
    } catch (const RuntimeRefusal&) {
        watch.read({}, context->time().mono());  // not yet
    }
}

/// → when to look again.
Task<MonoTime> look_elsewhere(TimeSource& time, SettleRules rules, TurnWatch& watch) {
    auto asking = rules.enough();
    bool enough = co_await std::move(asking);
    if (!enough) co_return time.mono() + rules.enough_interval;
    watch.hurry(time.mono() + rules.enough_grace);
    co_return MonoTime::max();
}

// Until the watch has an opinion.
Task<TurnVerdict> settle(std::shared_ptr<TurnInbox> inbox, std::shared_ptr<RunContext> context, std::string thread_id,
                         std::string turn_id, SettleRules rules) {
    TimeSource& time = context->time();
    TurnWatch watch(turn_id, rules, time.mono());
    auto look = rules.enough ? time.mono() : MonoTime::max();
    for (;;) {
        context->beat();
        if (time.mono() >= look) look = co_await look_elsewhere(time, rules, watch);
        auto signals = inbox->take();
        for (const auto& signal : signals) watch.heard(signal, time.mono());
        auto verdict = watch.verdict(time.mono());
        if (verdict.what == TurnVerdict::What::wait) co_await inbox->wait_until(std::min(verdict.until, look));
        else if (verdict.what == TurnVerdict::What::read) co_await read_once(context, thread_id, turn_id, watch);
        else co_return verdict;
    }
}

/// `window`: when the provider's limit opens again, if that is known.
TurnResult settled_result(TurnResult result, const TurnEnd& end, RunContext& context, std::optional<WallTime> window) {
    if (end.status == TurnStatus::interrupted) throw JobFailure(ErrorClass::retryable, "turn_interrupted");
    if (end.status == TurnStatus::failed && !end.quota)
        throw JobFailure(ErrorClass::retryable, "turn_failed: " + end.error);
    if (end.status == TurnStatus::failed) {
        QuotaNews news;
        news.words = end.error;
        news.window = window;
        news.met_before = context.run() - context.attempt();  // runs that cost nothing
        result.end = TurnResult::End::not_now;
        result.snooze = SnoozedRun(quota_over(news, context.time().wall()), "quota: " + end.error);
    }
    return result;
}

}  // namespace

SnoozedRun put_off_for_timeout(RunContext& context) {
    int put_offs = context.run() - context.attempt();  // runs that cost nothing
    if (put_offs >= put_offs_max)
        throw JobFailure(ErrorClass::retryable, fmt::format("{}: put off {} times", runtime_timeout, put_offs));
    return SnoozedRun(context.time().wall() + after_timeout, std::string(runtime_timeout));
}

Task<TurnResult> run_turn(TurnFeed& feed, std::shared_ptr<RunContext> context, TurnRequest request, SettleRules rules) {
    TurnResult result;
    result.thread_id = request.thread_id;
    if (request.client_message_id.empty()) request.client_message_id = fmt::format("{}:{}", context->job_id(), context->run());
    auto inbox = feed.listen(request.thread_id, context->executor());
    auto begun = context->time().mono();
    // A start that is under way is seen through, whatever becomes of the job: only then is there a turn to interrupt.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto started = co_await start_turn(context, std::move(request));
    if (started.snooze) {
        result.end = TurnResult::End::not_now;
        result.snooze = *started.snooze;
        co_return result;
    }
    result.turn_id = started.turn_id;
    co_await record_turn(context, result.thread_id, result.turn_id);
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    result.started = context->time().mono();
    auto verdict = co_await settle(inbox, context, result.thread_id, result.turn_id, rules);
    result.text = verdict.end.text;
    if (const auto& used = verdict.end.tokens) result.tokens = {{"input", used->input}, {"output", used->output}};
    result.source = verdict.end.source.empty() ? context->runtime().name() : verdict.end.source;
    if (verdict.what == TurnVerdict::What::settled)
        co_return settled_result(std::move(result), verdict.end, *context, feed.limits_open(begun));
    co_await interrupt_quietly(context, result.thread_id, result.turn_id);
    if (verdict.nobody_can_tell) throw OutcomeUnknown(verdict.reason);
    if (verdict.what == TurnVerdict::What::give_up) throw JobFailure(ErrorClass::retryable, verdict.reason);
    result.end = TurnResult::End::out_of_time;
    co_return result;
}

Task<std::optional<TurnResult>> recall_turn(Runtime& runtime, RunningContext running) {
    auto view = co_await runtime.read_turn(running.thread_id, running.turn_id);
    std::optional<TurnResult> result;
    if (!view || view->status != TurnStatus::completed || view->text.empty()) co_return result;
    result.emplace();
    result->thread_id = running.thread_id;
    result->turn_id = running.turn_id;
    result->text = std::move(view->text);
    result->source = runtime.name();
    co_return result;
}

}  // namespace lanekeeper
