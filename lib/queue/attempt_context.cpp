#include "queue/attempt_context.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/job_events.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

void AttemptContext::require_current() const {
    bool over = !attempt_->current() || is_terminal(attempt_->job.state);  // the latter: marked canceled
    if (over && !has_bug(Bug::fence_dropped)) throw StaleRun("the attempt was given up");
}

Task<void> AttemptContext::apply(Transition transition, Effects news) {
    auto committing = commit_transition(supervisor_->core_, std::move(transition), std::move(news));
    auto committed = co_await std::move(committing);
    if (!committed) throw StaleRun("the job is not running this attempt any more");
    attempt_->job = std::move(*committed);
}

Task<void> AttemptContext::write_progress(json::value progress) {
    if (json::serialize(progress).size() > limits::job_progress) {
        log_warn("progress dropped", {{"jobId", job_id()}, {"reason", "larger than allowed"}});
        co_return;
    }
    auto taking = supervisor_->baton_.take();
    auto hold = co_await std::move(taking);
    require_current();
    auto transition = lifecycle::set_progress(attempt_->job, std::move(progress));
    Effects news;
    news.events = job_news(transition);
    auto applying = apply(std::move(transition), std::move(news));
    co_await std::move(applying);
}

Task<void> AttemptContext::write_context(RunningContext context) {
    auto taking = supervisor_->baton_.take();
    auto hold = co_await std::move(taking);
    require_current();
    auto transition = lifecycle::set_context(attempt_->job, std::move(context));
    Effects no_news;
    auto applying = apply(std::move(transition), std::move(no_news));
    co_await std::move(applying);
}

Task<void> AttemptContext::write_effects(Effects effects) {
    auto taking = supervisor_->baton_.take();
    auto hold = co_await std::move(taking);
    require_current();
    Mutation mutation;
    mutation.at = supervisor_->core_.time.wall();
    if (!has_bug(Bug::fence_dropped)) mutation.fences.emplace_back(started_.key, started_.run);
    mutation.effects = std::move(effects);
    auto committing = supervisor_->core_.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    if (committed) co_return;
    if (committed.error().code == "stale_run") throw StaleRun(committed.error().message);
    throw UnhandledProblem(committed.error());  // rows that the store refuses: the runner's own mistake
}

}  // namespace lanekeeper
