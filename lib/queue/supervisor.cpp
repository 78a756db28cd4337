// The durable ends of an attempt: its start, the wish to cancel it, and how it ended.
#include "queue/supervisor.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/start_job.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

Task<std::optional<Job>> Supervisor::commit(Transition transition) {
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto committed = co_await std::move(committing);
    std::optional<Job> job;
    if (committed) job = std::move(*committed);
    co_return job;
}

Task<std::shared_ptr<Attempt>> Supervisor::start(std::int64_t key, json::value dispatch, std::optional<std::string> worker_id) {
    std::shared_ptr<Attempt> attempt;
    StartOrder order(key, std::move(dispatch), std::move(worker_id));
    auto starting = start_job(core_, std::move(order));
    auto job = co_await std::move(starting);
    if (!job) co_return attempt;
    auto definition = core_.registry.find(*job);
    attempt = std::make_shared<Attempt>(std::move(*job), std::move(definition), core_.time.alarm(strand_));
    running_ = attempt;
    co_return attempt;
}

Task<void> Supervisor::see_through(std::shared_ptr<Attempt> attempt) {
    auto supervising = supervise(attempt);
    co_await std::move(supervising);
    auto finishing = finish(attempt);
    co_await std::move(finishing);
}

// The wish is durable before the signal; how it ends is `finish`'s to say.
Task<Result<Job>> Supervisor::cancel(std::string reason) {
    auto attempt = running_;
    auto transition = lifecycle::ask_cancel(attempt->job, core_.time.wall(), reason);
    auto committing = commit(std::move(transition));
    auto asked = co_await std::move(committing);
    if (!asked) co_return Problem("job_conflict", "the job changed while it was being canceled");
    attempt->job = *asked;
    attempt->ask_to_end(StopCause(StopCause::Kind::canceled, reason));
    if (attempt->definition().cancel.strategy == CancelStrategy::mark_canceled) {
        // Nobody waits for the runner: canceled at once, and what it still does is fenced off.
        auto ending = lifecycle::cancel(attempt->job, core_.time.wall(), reason);
        auto ended = commit(std::move(ending));
        auto canceled = co_await std::move(ended);
        if (canceled) attempt->job.state = canceled->state;  // its turn is still to be interrupted
        if (canceled) asked = std::move(canceled);
    }
    co_return std::move(*asked);
}

void Supervisor::ask_to_end(StopCause cause) {
    if (running_) running_->ask_to_end(std::move(cause));
}

void Supervisor::force() {
    if (running_) running_->force();
}

void Supervisor::let_go() {
    if (running_) running_->release();
    running_.reset();
}

// A result that cannot be written yet is kept until it can, or until the daemon stops: then recovery decides.
Task<void> Supervisor::finish(std::shared_ptr<Attempt> attempt) {
    auto end = attempt->take_end();
    for (bool written = false; !written;) {
        auto finishing = finish_once(attempt, end);
        written = co_await std::move(finishing);
        if (written || core_.stopping.load()) break;
        auto pausing = pause_for(core_.time, limits::storage_probe);
        co_await std::move(pausing);
    }
    attempt->release();
    running_.reset();
}

Task<bool> Supervisor::finish_once(std::shared_ptr<Attempt> attempt, AttemptEnd end) {
    auto taking = baton_.take();
    auto hold = co_await std::move(taking);
    if (is_terminal(attempt->job.state)) co_return true;  // mark_canceled came first
    EndMoment moment;
    moment.now = core_.time.wall();
    moment.retry_delay = core_.backoff(attempt->definition().retry.backoff, attempt->job.attempts);
    auto transition = decide_end(attempt->job, attempt->definition(), std::move(end), moment);
    bool written = false;
    std::optional<Job> next;
    try {
        auto committing = commit(std::move(transition));
        next = co_await std::move(committing);
        written = true;
    } catch (const StorageUnavailable& error) {
        log_error("result not written yet", {{"jobId", attempt->job.id()}, {"error", error.what()}});
    }
    if (!next) co_return written;
    house_.job_ran(*next, run_time(*next, moment.now));
    if (next->state == JobState::queued) house_.put_back(*next);
    co_return written;
}

}  // namespace lanekeeper
