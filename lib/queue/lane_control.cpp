// What people ask of a lane: cancel, retry, pause, drain.
#include "queue/lane.hpp"

#include "queue/recovery.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

Task<Result<Job>> Lane::cancel_here(std::int64_t key, std::string reason) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job) co_return no_such_job(job_id(key));
    if (is_terminal(job->state)) co_return Problem("already_terminal", "the job has already ended");
    bool is_running = job->state == JobState::running;
    auto canceling = is_running ? cancel_running(std::move(*job), std::move(reason)) : cancel_waiting(std::move(*job), std::move(reason));
    auto canceled = co_await std::move(canceling);
    co_return canceled;
}

Task<Result<Job>> Lane::cancel_waiting(Job job, std::string reason) {
    auto transition = lifecycle::cancel(job, core_.time.wall(), std::move(reason));
    auto committing = supervisor_.commit(std::move(transition));
    auto canceled = co_await std::move(committing);
    if (!canceled) co_return Problem("job_conflict", "the job changed while it was being canceled");
    remove_waiting(canceled->key);
    report();
    co_return std::move(*canceled);
}

Task<Result<Job>> Lane::cancel_running(Job job, std::string reason) {
    if (core_.untold.has(job.key)) {  // it runs in no life any more
        auto key = job.key;
        auto canceling = cancel_waiting(std::move(job), std::move(reason));
        auto canceled = co_await std::move(canceling);
        if (canceled) core_.untold.remove(key);
        report();
        co_return canceled;
    }
    const auto& attempt = supervisor_.running();
    if (!attempt || attempt->job.key != job.key) co_return Problem("job_conflict", "the job is not running here");
    auto asking = supervisor_.cancel(std::move(reason));
    auto asked = co_await std::move(asking);
    co_return asked;
}

Task<bool> Lane::expire_here(std::int64_t key) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job || is_terminal(job->state)) co_return true;
    const auto& attempt = supervisor_.running();
    if (attempt && attempt->job.key == key) {
        attempt->ask_to_end(StopCause(StopCause::Kind::expired, "expired"));
        co_return true;
    }
    if (job->state == JobState::running && !core_.untold.has(key)) co_return false;
    auto transition = lifecycle::expire(*job, core_.time.wall(), "expired");
    auto committing = supervisor_.commit(std::move(transition));
    auto expired = co_await std::move(committing);
    if (!expired) co_return false;
    core_.untold.remove(key);
    remove_waiting(key);
    report();
    co_return true;
}

Task<Result<Job>> Lane::retry_here(std::int64_t key, bool cascade) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job) co_return no_such_job(job_id(key));
    if (draining_) co_return Problem("lane_draining", "the lane is being drained and takes no jobs");
    if (!next_state(job->state, JobEvent::operator_retry))
        co_return Problem("job_conflict", "only a failed, canceled or expired job can be retried");
    if (!job->dedupe_match.empty()) {
        auto looking = core_.ledger.reader().open_duplicate(job->dedupe_match);
        auto live = co_await std::move(looking);
        if (live) co_return Problem("job_conflict", "another job with the same dedupe key is open", json::object{{"liveJobId", live->id()}});
    }
    auto transition = lifecycle::operator_retry(*job, core_.time.wall(), job->max_attempts);
    transition.with_dependents = cascade;
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto next = co_await std::move(committing);
    if (!next && next.error().code == "queue_full") co_return with_retry_hint(next.error());
    if (!next && next.error().code == "job_conflict") co_return next.error();
    if (!next) co_return Problem("job_conflict", "the job changed while it was being retried");
    add_fresh(*next);
    report();
    co_return std::move(*next);
}

Task<void> Lane::settle_late_here(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    if (!core_.untold.has(key)) co_return;  // canceled meanwhile
    auto recovering = recover_late(core_, key, std::move(settled), goes_on);
    auto next = co_await std::move(recovering);
    if (next) add_waiting(*next);
    core_.untold.remove(key);
    report();
}

Task<Result<LaneView>> Lane::command_here(Queue::LaneCommand command) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    bool paused = command == Queue::LaneCommand::pause || (paused_ && command == Queue::LaneCommand::drain);
    bool draining = command == Queue::LaneCommand::drain || (draining_ && command == Queue::LaneCommand::pause);
    Effects effects;
    if (paused || draining)
        effects.puts.emplace_back("lane", "", owner_, json::object{{"paused", paused}, {"draining", draining}});
    else effects.deletes.emplace_back("lane", "", owner_);
    auto committing = core_.ledger.commit(core_.time.wall(), std::move(effects));
    auto committed = co_await std::move(committing);
    if (!committed) co_return committed.error();
    flags_at_start(paused, draining);
    report();
    co_return view();
}

}  // namespace lanekeeper
