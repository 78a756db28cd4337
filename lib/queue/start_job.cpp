#include "queue/start_job.hpp"

#include "queue/attempt_end.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {
namespace {

// Why a job cannot be run at all; empty when it can.
std::string unfit(const Job& job, const Definition* definition) {
    if (!definition) return "recovery_unknown_job_type:" + job.type;
    try {
        auto issues = definition->payload_schema.check(job.payload);
        if (issues.empty()) return {};
        return "recovery_invalid_payload:" + json::serialize(issues.front().path) + " " + issues.front().message;
    } catch (const std::exception& error) {
        return std::string("recovery_invalid_payload:") + error.what();
    }
}

}  // namespace

Task<std::optional<Job>> start_job(QueueCore& core, StartOrder order) {
    std::optional<Job> started;
    auto reading = core.ledger.reader().job(order.key);
    auto job = co_await std::move(reading);
    if (!job || job->state != JobState::queued) co_return started;
    if (order.still_wanted && !order.still_wanted()) co_return started;
    auto definition = core.registry.find(*job);
    auto now = core.time.wall();
    auto refused = unfit(*job, definition.get());
    bool late = job->expires_at && *job->expires_at <= now;
    Transition transition;
    if (!refused.empty()) transition = lifecycle::fail(*job, now, cut_error(refused));
    else if (late) transition = lifecycle::expire(*job, now, "expired");
    else transition = lifecycle::start(*job, now, std::move(order.dispatch));
    if (order.worker_id) transition.next.worker_id = std::move(order.worker_id);
    auto committing = commit_transition(core, std::move(transition), Effects());
    auto next = co_await std::move(committing);
    if (next && next->state == JobState::running) started = std::move(*next);
    co_return started;
}

}  // namespace lanekeeper
