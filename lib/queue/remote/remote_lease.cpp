// What the holder of a lease says of his run, and the wish to cancel it.
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "queue/job_events.hpp"
#include "queue/remote/remote_jobs.hpp"
#include "queue/remote/verdict.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

/// Null: nobody leases him this run.
LeasePtr RemoteJobs::lease_of(const HeldRun& held) {
    auto named = named_.find(held.job_id);
    auto key = named == named_.end() ? job_key(held.job_id) : std::optional(named->second);
    auto found = key ? leases_.find(*key) : leases_.end();
    if (found == leases_.end() || !found->second->held_by(held)) return {};
    roll_.heard(held.worker_id, core_.time.wall());
    return found->second;
}

Task<std::optional<Job>> RemoteJobs::stored(std::string job_id) {
    auto key = job_key(job_id);
    auto reading = key ? core_.ledger.reader().job(*key) : core_.ledger.reader().job_by_client_id(std::move(job_id));
    auto job = co_await std::move(reading);
    co_return job;
}

Task<Result<LeaseState>> RemoteJobs::heartbeat_here(HeldRun held) {
    if (auto lease = lease_of(held)) {
        auto taking = lease->baton.take();
        auto hold = co_await std::move(taking);
        if (!lease->over) {
            lease->extend(core_.time.mono(), core_.time.wall());
            plan(lease);
            co_return lease->state();
        }
    }
    auto reading = stored(held.job_id);
    auto job = co_await std::move(reading);
    co_return late_heartbeat(job, held);
}

Task<bool> RemoteJobs::write_progress(LeasePtr lease, json::value progress) {
    auto taking = lease->baton.take();
    auto hold = co_await std::move(taking);
    if (lease->over) co_return false;
    auto transition = lifecycle::set_progress(lease->job, std::move(progress));
    Effects news;
    news.events = job_news(transition);
    auto committing = commit_transition(core_, std::move(transition), std::move(news));
    auto next = co_await std::move(committing);
    if (!next) co_return false;
    lease->job = std::move(*next);
    co_return true;
}

Task<Result<void>> RemoteJobs::progress_here(HeldRun held, json::value progress) {
    Result<void> written;
    if (auto lease = lease_of(held)) {
        auto writing = write_progress(lease, std::move(progress));
        bool done = co_await std::move(writing);
        if (done) co_return written;
    }
    auto reading = stored(held.job_id);
    auto job = co_await std::move(reading);
    co_return not_held(job, held);
}

Task<Result<void>> RemoteJobs::complete_here(HeldRun held, CompletedRun completed) {
    if (auto lease = lease_of(held)) {
        auto taking = lease->baton.take();
        auto hold = co_await std::move(taking);
        if (!lease->over) {
            AttemptEnd end;
            end.how = AttemptEnd::How::completed;
            end.completed = std::move(completed);
            auto ending = end_run(lease, std::move(end));
            co_await std::move(ending);
            Result<void> done;
            if (lease->job.state == JobState::completed) co_return done;
            auto reading = stored(held.job_id);
            auto job = co_await std::move(reading);
            co_return not_held(job, held);
        }
    }
    auto reading = stored(held.job_id);
    auto job = co_await std::move(reading);
    co_return late_complete(job, held, completed.result);
}

Task<Result<bool>> RemoteJobs::fail_here(HeldRun held, RemoteFailure failure) {
    if (auto lease = lease_of(held)) {
        auto taking = lease->baton.take();
        auto hold = co_await std::move(taking);
        if (!lease->over) {
            auto ending = end_run(lease, failed_end(failure));
            co_await std::move(ending);
            bool again = lease->job.state == JobState::queued;
            co_return again;
        }
    }
    auto reading = stored(held.job_id);
    auto job = co_await std::move(reading);
    co_return late_fail(job, held, failure);
}

Task<Result<Job>> RemoteJobs::cancel_here(std::int64_t key, std::string reason) {
    auto found = leases_.find(key);
    auto canceling = found == leases_.end() ? cancel_waiting(key, std::move(reason)) : cancel_running(found->second, std::move(reason));
    auto canceled = co_await std::move(canceling);
    co_return canceled;
}

// The wish is durable before the worker hears of it; how it ends is his to say, for a while.
Task<Result<Job>> RemoteJobs::cancel_running(LeasePtr lease, std::string reason) {
    auto taking = lease->baton.take();
    auto hold = co_await std::move(taking);
    Problem conflict("job_conflict", "the job has just ended");
    if (lease->over) co_return conflict;
    auto transition = lifecycle::ask_cancel(lease->job, core_.time.wall(), reason);
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto asked = co_await std::move(committing);
    if (!asked) co_return conflict;
    lease->job = std::move(*asked);
    lease->ask_to_end(StopCause(StopCause::Kind::canceled, std::move(reason)), core_.time.mono(), limits::remote_cancel_grace);
    plan(lease);
    co_return lease->job;
}

Task<Result<Job>> RemoteJobs::cancel_waiting(std::int64_t key, std::string reason) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job) co_return no_such_job(job_id(key));
    if (is_terminal(job->state)) co_return Problem("already_terminal", "the job has already ended");
    if (job->state != JobState::queued) co_return Problem("job_conflict", "the job is being started or ended");
    auto transition = lifecycle::cancel(*job, core_.time.wall(), std::move(reason));
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto canceled = co_await std::move(committing);
    if (!canceled) co_return Problem("job_conflict", "the job changed while it was being canceled");
    line_.remove(key);
    timer_->wake();
    co_return std::move(*canceled);
}

// The public coroutines hop to the strand; what they do there stands above.
Task<Result<LeaseState>> RemoteJobs::heartbeat(HeldRun held) {
    auto work = heartbeat_here(std::move(held));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<void>> RemoteJobs::progress(HeldRun held, json::value progress) {
    auto work = progress_here(std::move(held), std::move(progress));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<void>> RemoteJobs::complete(HeldRun held, CompletedRun end) {
    auto work = complete_here(std::move(held), std::move(end));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<bool>> RemoteJobs::fail(HeldRun held, RemoteFailure failure) {
    auto work = fail_here(std::move(held), std::move(failure));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<Job>> RemoteJobs::cancel(std::int64_t key, std::string reason) {
    auto work = cancel_here(key, std::move(reason));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

}  // namespace lanekeeper
