#include "agents/worker_turn.hpp"

#include "agents/turn_policy.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

namespace lanekeeper {
namespace {

/// A worker's thread, or a time to come back.
struct Place {
    Place() = default;
    std::string thread_id;
    std::optional<SnoozedRun> snooze;
};

/// What a job wants of its worker.
struct WorkerJob {
    WorkerJob() = default;
    std::string agent;
    TurnRequest request;
    SettleRules rules;
    std::optional<BootstrapInstruction> bootstrap;
};

TurnResult come_back(SnoozedRun snooze) {
    TurnResult result;
    result.end = TurnResult::End::not_now;
    result.snooze = std::move(snooze);
    return result;
}

Task<Place> find_place(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent) {
    Place place;
    try {
        place.thread_id = co_await workers.session_for(worker_owner(context->job()), agent);
    } catch (const RuntimeUnavailable& nobody) {
        place.snooze = SnoozedRun(context->time().wall() + Millis{nobody.retry_after_ms}, "runtime_unavailable");
    } catch (const RuntimeRefusal& refusal) {
        if (refusal.code != runtime_timeout) throw;
        place.snooze = put_off_for_timeout(*context);
    }
    co_return place;
}

/// Until the worker is ready, or the job is asked to end. What the worker is told goes on without it.
Task<void> wait_for_end(std::shared_ptr<RunContext> context, std::shared_ptr<PreflightTicket> ticket) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    bool disturbed = false;
    while (!ticket->ended() && !disturbed && !context->stop_requested()) {
        try {
            co_await ticket->wait();
        } catch (const boost::system::system_error& error) {
            if (error.code() != asio::error::operation_aborted) throw;
            disturbed = true;
        }
    }
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    if (ticket->ended() && !context->stop_requested()) co_return;
    ticket->leave();
    throw JobFailure(ErrorClass::retryable, "preflight_left: the job was asked to end before its turn began");
}

/// The job's time stands still while its worker is told what serves other jobs too.
Task<PreflightEnd> get_ready(WorkerSessions& workers, std::shared_ptr<RunContext> context, WorkerJob job) {
    auto ticket = co_await workers.enter(worker_owner(context->job()), job.agent, job.request.thread_id, job.bootstrap,
                                         context->executor());
    if (ticket->ended()) co_return *ticket->ended();
    context->stop_clock();
    std::exception_ptr failure;
    try {
        co_await wait_for_end(context, ticket);
    } catch (...) {
        failure = std::current_exception();
    }
    context->start_clock();
    if (failure) std::rethrow_exception(failure);
    co_return *ticket->ended();
}

Task<TurnResult> take_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, WorkerJob job) {
    auto ready = co_await get_ready(workers, context, job);
    bool hangs = ready.what == PreflightEnd::What::not_now && ready.snooze.reason == runtime_timeout;
    if (hangs) ready.snooze = put_off_for_timeout(*context);
    switch (ready.what) {
        case PreflightEnd::What::ready: break;
        case PreflightEnd::What::not_now: co_return come_back(std::move(ready.snooze));
        case PreflightEnd::What::failed: throw JobFailure(ready.error_class, ready.error);
        case PreflightEnd::What::unusable: throw ThreadUnusable("the worker takes no turn");
    }
    auto result = co_await run_turn(workers.feed(), context, std::move(job.request), std::move(job.rules));
    co_return result;
}

/// Nothing: the session takes no turn.
Task<std::optional<TurnResult>> try_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, WorkerJob job) {
    std::optional<TurnResult> result;
    auto place = co_await find_place(workers, context, job.agent);
    if (place.snooze) {
        result = come_back(std::move(*place.snooze));
        co_return result;
    }
    job.request.thread_id = place.thread_id;
    bool unusable = false;
    std::exception_ptr failure;
    try {
        result = co_await take_turn(workers, context, job);
    } catch (const ThreadUnusable&) {
        unusable = true;
    } catch (...) {
        failure = std::current_exception();
    }
    workers.leave(worker_owner(context->job()), job.agent, place.thread_id);
    if (failure) std::rethrow_exception(failure);
    if (unusable) co_await workers.drop(worker_owner(context->job()), job.agent, place.thread_id);
    co_return result;
}

}  // namespace

Task<TurnResult> run_worker_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent,
                                 TurnRequest request, SettleRules rules, std::optional<BootstrapInstruction> bootstrap) {
    const auto* policy = workers.agents().find(agent);
    if (!policy) throw JobFailure(ErrorClass::fatal, "unknown_agent: there is no agent " + agent);
    WorkerJob job;
    job.agent = std::move(agent);
    job.request = std::move(request);
    job.rules = std::move(rules);
    job.bootstrap = std::move(bootstrap);
    apply_policy(job.request, *policy);
    bool each_time = policy->orientation == AgentPolicy::Orientation::never && context->runtime().wants_orientation();
    if (each_time) job.request.text = policy->instructions + "\n\n" + job.request.text;
    for (int tries = 0; tries < 2; ++tries) {
        auto result = co_await try_turn(workers, context, job);
        if (result) co_return std::move(*result);
    }
    throw JobFailure(ErrorClass::retryable, "worker_unusable: no session of this agent takes a turn");
}

}  // namespace lanekeeper
