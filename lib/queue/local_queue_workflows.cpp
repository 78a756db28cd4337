// The end of a workflow that somebody asks for: what waits is canceled in one commit, what runs is asked to end.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/local_queue.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

Task<Result<Job>> LocalQueue::cancel_workflow(Job aggregate, std::string reason) {
    Mutation mutation;
    mutation.at = core_.time.wall();
    mutation.tell = tell_dependents(core_, mutation.at);
    mutation.cancels.emplace_back(aggregate.key, std::move(reason));
    auto committing = core_.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    if (!committed) co_return Problem("already_terminal", "the workflow has just ended");
    take_cascade(core_, *committed);
    withdraw(committed->cascaded);
    auto canceling = cancel_open_members(aggregate.id(), "workflow_cancelled:" + aggregate.id());
    co_await std::move(canceling);
    auto reading = get(aggregate.id());
    auto now = co_await std::move(reading);
    if (now) aggregate = std::move(*now);
    co_return aggregate;
}

/// Those that ran when the rest was canceled, as they are by now.
Task<void> LocalQueue::cancel_open_members(std::string workflow_id, std::string reason) {
    JobQuery query;
    query.any_owner = true;
    query.workflow_id = std::move(workflow_id);
    query.states = {JobState::pending, JobState::queued, JobState::running};
    query.limit = limits::page_max;
    std::optional<std::int64_t> next = 0;
    while (next) {
        query.after = *next;
        JobQuery asked = query;
        auto listing = list(std::move(asked));
        auto page = co_await std::move(listing);
        for (const auto& job : page.jobs) {
            auto canceling = cancel(job.id(), reason);
            auto canceled = co_await std::move(canceling);
            if (!canceled) log_debug("not canceled", {{"jobId", job.id()}, {"reason", canceled.error().code}});
        }
        next = page.next;
    }
}

/// Whoever was to run them forgets them.
void LocalQueue::withdraw(const std::vector<Transition>& cascaded) {
    for (const auto& transition : cascaded) {
        const auto& job = transition.next;
        if (!is_terminal(job.state)) continue;
        if (job.in_pool() || transition.from == JobState::pending) pool_->forget(job);
        else scheduler_.forget(job);
        if (core_.is_remote(job)) remote_->forget(job.key);
    }
}

}  // namespace lanekeeper
