// What people ask of the pool: cancel, retry, pause, drain, a look at its workers.
#include "queue/pool.hpp"
#include "queue/recovery.hpp"
#include "queue/transition_commit.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr int tries = 50;  // a job changes state a few times in its life, not for ever

}  // namespace

Pool::Worker Pool::worker_of(std::int64_t key) const {
    auto found = std::ranges::find(workers_, key, [](const auto& entry) { return entry.second->job_key; });
    return found == workers_.end() ? nullptr : found->second;
}

// The job may be started or end while we look: what the store refuses is looked at again.
Task<Result<Job>> Pool::cancel_here(std::int64_t key, std::string reason) {
    for (int i = 0; i < tries; ++i) {
        auto reading = core_.ledger.reader().job(key);
        auto job = co_await std::move(reading);
        if (!job) co_return no_such_job(job_id(key));
        if (is_terminal(job->state)) co_return Problem("already_terminal", "the job has already ended");
        auto canceling = job->state == JobState::running ? cancel_running(std::move(*job), reason)
                                                         : cancel_waiting(std::move(*job), reason);
        auto canceled = co_await std::move(canceling);
        if (canceled || canceled.error().code != "job_conflict") co_return canceled;
    }
    co_return Problem("job_conflict", "the job changed while it was being canceled");
}

Task<Result<Job>> Pool::cancel_running(Job job, std::string reason) {
    auto worker = worker_of(job.key);
    if (!worker && core_.untold.has(job.key)) {  // it runs in no life any more
        auto key = job.key;
        auto canceling = cancel_waiting(std::move(job), std::move(reason));
        auto canceled = co_await std::move(canceling);
        if (canceled) core_.untold.remove(key);
        co_return canceled;
    }
    if (!worker) co_return Problem("job_conflict", "the job is not running here");
    auto taking = worker->supervisor().baton().take();
    auto hold = co_await std::move(taking);
    const auto& attempt = worker->supervisor().running();
    if (!attempt || attempt->job.key != job.key || is_terminal(attempt->job.state))
        co_return Problem("job_conflict", "the job has just ended");
    auto canceling = worker->supervisor().cancel(std::move(reason));
    auto canceled = co_await std::move(canceling);
    co_return canceled;
}

Task<Result<Job>> Pool::cancel_waiting(Job job, std::string reason) {
    auto transition = lifecycle::cancel(job, core_.time.wall(), std::move(reason));
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto canceled = co_await std::move(committing);
    if (!canceled) co_return Problem("job_conflict", "the job changed while it was being canceled");
    waiting_.remove(canceled->key);
    if (canceled->scheduled_for) timed_.erase({*canceled->scheduled_for, canceled->key});
    co_return std::move(*canceled);
}

Task<bool> Pool::expire_here(std::int64_t key) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job || is_terminal(job->state)) co_return true;
    if (auto worker = worker_of(key)) {
        auto taking = worker->supervisor().baton().take();  // it may just be starting it
        auto hold = co_await std::move(taking);
        const auto& attempt = worker->supervisor().running();
        if (!attempt || attempt->job.key != key) co_return false;
        attempt->ask_to_end(StopCause(StopCause::Kind::expired, "expired"));
        co_return true;
    }
    if (job->state == JobState::running && !core_.untold.has(key)) co_return false;
    auto transition = lifecycle::expire(*job, core_.time.wall(), "expired");
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto expired = co_await std::move(committing);
    if (!expired) co_return false;
    core_.untold.remove(key);
    waiting_.remove(key);
    if (expired->scheduled_for) timed_.erase({*expired->scheduled_for, key});
    co_return true;
}

Task<Result<Job>> Pool::retry_here(std::int64_t key, bool cascade) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job) co_return no_such_job(job_id(key));
    if (draining_) co_return Problem("lane_draining", "the pool is being drained and takes no jobs");
    if (!next_state(job->state, JobEvent::operator_retry))
        co_return Problem("job_conflict", "only a failed, cancelled or expired job can be retried");
    auto transition = lifecycle::operator_retry(*job, core_.time.wall(), job->max_attempts);
    transition.with_dependents = cascade;
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto next = co_await std::move(committing);
    if (!next && next.error().code == "queue_full") co_return next.error();
    if (!next && next.error().code == "job_conflict") co_return next.error();
    if (!next) co_return Problem("job_conflict", "the job changed while it was being retried");
    add(*next);
    co_return std::move(*next);
}

Task<void> Pool::settle_late_here(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on) {
    if (!core_.untold.has(key)) co_return;  // canceled meanwhile
    auto recovering = recover_late(core_, key, std::move(settled), goes_on);
    auto next = co_await std::move(recovering);
    core_.untold.remove(key);
    if (next) add(*next);
}

Task<PoolView> Pool::view_here() { co_return look_around(); }

Task<Result<LaneView>> Pool::command_here(Queue::LaneCommand command) {
    bool paused = command == Queue::LaneCommand::pause || (paused_ && command == Queue::LaneCommand::drain);
    bool draining = command == Queue::LaneCommand::drain || (draining_ && command == Queue::LaneCommand::pause);
    Effects effects;
    if (paused || draining)
        effects.puts.emplace_back("lane", "", "pool", json::object{{"paused", paused}, {"draining", draining}});
    else effects.deletes.emplace_back("lane", "", "pool");
    auto committing = core_.ledger.commit(core_.time.wall(), std::move(effects));
    auto committed = co_await std::move(committing);
    if (!committed) co_return committed.error();
    flags_at_start(paused, draining);
    look();
    LaneView view;
    view.owner = "pool";
    view.queued = std::int64_t(waiting_.size());
    view.running = std::int64_t(busy());
    view.paused = paused;
    view.draining = draining;
    co_return view;
}

// The public coroutines hop to the strand; what they do there stands above.
Task<Result<Job>> Pool::cancel(std::int64_t key, std::string reason) {
    auto work = cancel_here(key, std::move(reason));
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<Job>> Pool::retry(std::int64_t key, bool cascade) {
    auto work = retry_here(key, cascade);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<bool> Pool::expire(std::int64_t key) {
    auto work = expire_here(key);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<void> Pool::settle_late(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on) {
    auto work = settle_late_here(key, std::move(settled), goes_on);
    auto hopping = on_strand(strand_, std::move(work));
    co_await std::move(hopping);
}
Task<PoolView> Pool::view() {
    auto work = view_here();
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<Result<LaneView>> Pool::command(Queue::LaneCommand command) {
    auto work = command_here(command);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

}  // namespace lanekeeper
