#include "agents/worker_turn.hpp"

namespace lanekeeper {
namespace {

/// A worker's thread, or a time to come back.
struct Place {
    Place() = default;
    std::string thread_id;
    std::optional<SnoozedRun> snooze;
};

Task<Place> find_place(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent) {
    Place place;
    try {
        place.thread_id = co_await workers.session_for(context->job().owner, agent);
    } catch (const RuntimeUnavailable& nobody) {
        place.snooze = SnoozedRun(context->time().wall() + Millis{nobody.retry_after_ms}, "runtime_unavailable");
    }
    co_return place;
}

/// Nothing: the session takes no turn.
Task<std::optional<TurnResult>> try_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent,
                                         TurnRequest request, SettleRules rules) {
    std::optional<TurnResult> result;
    auto place = co_await find_place(workers, context, agent);
    if (place.snooze) {
        result.emplace();
        result->end = TurnResult::End::not_now;
        result->snooze = *place.snooze;
        co_return result;
    }
    request.thread_id = place.thread_id;
    request.approval_policy = "never";  // nobody is there to be asked
    request.sandbox = "read-only";
    bool unusable = false;
    try {
        result = co_await run_turn(workers.feed(), context, std::move(request), rules);
    } catch (const ThreadUnusable&) {
        unusable = true;
    }
    if (unusable) co_await workers.drop(context->job().owner, agent, place.thread_id);
    co_return result;
}

}  // namespace

Task<TurnResult> run_worker_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent,
                                 TurnRequest request, SettleRules rules) {
    auto first = co_await try_turn(workers, context, agent, request, rules);
    if (first) co_return std::move(*first);
    auto second = co_await try_turn(workers, context, agent, std::move(request), rules);
    if (second) co_return std::move(*second);
    throw JobFailure(ErrorClass::retryable, "worker_unusable: no session of this agent takes a turn");
}

}  // namespace lanekeeper
