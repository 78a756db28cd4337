#include "queue/remote/verdict.hpp"

#include "job/outcome.hpp"

namespace lanekeeper {
namespace {

bool is_of(const Job& job, const HeldRun& held) { return job.run == held.run && job.worker_id == held.worker_id; }

bool was_stopped(const Job& job) { return job.state == JobState::canceled || job.state == JobState::expired; }

Problem unknown(const HeldRun& held) { return Problem("not_found", "there is no such job", {{"jobId", held.job_id}}); }

/// What the job says of this failure, if it ended the attempt.
bool failed_so(const Job& job, const RemoteFailure& failure) {
    auto text = failure.snooze_until ? "snoozed: " + failure.error : failure.error;
    return job.error == cut_error(std::move(text)) || job.error == "timeout";  // its time was up, and it was asked to end
}

}  // namespace

Problem stale_run(const Job& job, const HeldRun& held) {
    return Problem("stale_run", "this worker does not hold this run of the job any more",
                   {{"jobId", job.id()}, {"run", held.run}, {"jobStatus", status_word(job.state)}});
}

Result<LeaseState> late_heartbeat(const std::optional<Job>& job, const HeldRun& held) {
    if (!job) return unknown(held);
    if (!is_of(*job, held) || !was_stopped(*job)) return stale_run(*job, held);
    LeaseState state;
    state.expires_at = job->completed_at.value_or(job->created_at);
    state.cancel_requested = true;
    state.reason = job->cancel_reason ? job->cancel_reason : job->error;
    return state;
}

Result<void> not_held(const std::optional<Job>& job, const HeldRun& held) {
    if (!job) return unknown(held);
    return stale_run(*job, held);
}

Result<void> late_complete(const std::optional<Job>& job, const HeldRun& held, const json::object& result) {
    if (!job) return unknown(held);
    if (is_of(*job, held) && job->state == JobState::completed && job->result == result) return {};
    return stale_run(*job, held);
}

Result<bool> late_fail(const std::optional<Job>& job, const HeldRun& held, const RemoteFailure& failure) {
    if (!job) return unknown(held);
    if (!is_of(*job, held)) return stale_run(*job, held);
    if (was_stopped(*job)) return false;
    bool waits = job->state == JobState::queued, failed = job->state == JobState::failed;
    if ((waits || failed) && failed_so(*job, failure)) return waits;
    return stale_run(*job, held);
}

AttemptEnd failed_end(const RemoteFailure& failure) {
    AttemptEnd end;
    end.how = failure.snooze_until ? AttemptEnd::How::snoozed : AttemptEnd::How::failed;
    end.error = failure.error;
    end.error_class = failure.retryable ? ErrorClass::retryable : ErrorClass::fatal;
    if (failure.snooze_until) end.snoozed = SnoozedRun(*failure.snooze_until, failure.error);
    return end;
}

}  // namespace lanekeeper
