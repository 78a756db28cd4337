// From a match to a running job in the hand of the one who asked.
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/lane.hpp"
#include "queue/remote/remote_jobs.hpp"
#include "queue/start_job.hpp"
#include "queue/transition_commit.hpp"

namespace lanekeeper {

void RemoteJobs::employ(ClaimantPtr claimant, ClaimLine::Match match) {
    auto serving = serve(std::move(claimant), std::move(match));
    nursery_.start("claim", std::move(serving), [self = shared_from_this()](std::exception_ptr failure) {
        log_escape("claim", failure);
        self->ended_->wake();
    });
}

Task<void> RemoteJobs::serve(ClaimantPtr claimant, ClaimLine::Match match) {
    std::optional<Job> job;
    std::exception_ptr failure;
    try {
        auto starting = start(claimant, match);
        job = co_await std::move(starting);
    } catch (...) {
        failure = std::current_exception();
    }
    if (job) {
        hand_over(claimant, match, std::move(*job));
        co_return;
    }
    // Not started: what is still to be run waits on. A lane offers anew by itself.
    bool held_back = failure || claimant->lost() || core_.pool_paused.load() || core_.stopping.load();
    if (held_back && match.offer.owner.empty()) line_.add(match.offer, core_.time.mono());
    if (failure) {
        claimant->failure = failure;
        answer(claimant, std::optional<Claimed>());
    } else {
        rejoin(claimant);
    }
    this->match();
}

/// Durably, unless the one who asked is gone: that is looked at right before the commit.
Task<std::optional<Job>> RemoteJobs::start(ClaimantPtr claimant, ClaimLine::Match match) {
    StartOrder order(match.offer.job.key, explain(match.choice, core_.time.mono()), claimant->request.worker_id);
    bool of_pool = match.offer.owner.empty();
    order.still_wanted = [this, claimant, of_pool] {
        return !claimant->lost() && !core_.stopping.load() && !(of_pool && core_.pool_paused.load());
    };
    std::optional<Job> job;
    if (of_pool) {
        auto starting = start_job(core_, std::move(order));
        job = co_await std::move(starting);
        co_return job;
    }
    auto finding = scheduler_.lane(match.offer.owner);
    auto lane = co_await std::move(finding);
    auto starting = lane->start_remote(std::move(order));
    job = co_await std::move(starting);
    co_return job;
}

void RemoteJobs::hand_over(const ClaimantPtr& claimant, const ClaimLine::Match& match, Job job) {
    auto waited = std::chrono::duration_cast<Millis>(core_.time.mono() - match.choice.since);
    core_.metrics.started(metrics_label(job), waited, false);
    auto key = job.key;
    auto lease = lease_out(std::move(job), claimant->request.lease);
    plan(lease);
    if (claimant->lost()) {
        answer(claimant, std::optional<Claimed>());
        give_back(key);
        return;
    }
    answer(claimant, std::optional<Claimed>(Claimed(lease->job, lease->expires_at)));
    if (!has_bug(Bug::run_given_twice) || claimants_.empty()) return;
    auto other = claimants_.begin()->second;
    leave(other);
    answer(other, std::optional<Claimed>(Claimed(lease->job, lease->expires_at)));
}

// The one it was started for has never heard of it.
void RemoteJobs::give_back(std::int64_t key) {
    auto lease = leases_.find(key);
    if (lease == leases_.end()) return;
    auto giving = give_back_here(lease->second);
    nursery_.start("give back", std::move(giving), [self = shared_from_this()](std::exception_ptr failure) {
        log_escape("give back", failure);  // then its lease runs out
        self->ended_->wake();
    });
}

Task<void> RemoteJobs::give_back_here(LeasePtr lease) {
    auto taking = lease->baton.take();
    auto hold = co_await std::move(taking);
    if (lease->over) co_return;
    auto waiting = lifecycle::requeue(lease->job, "claimant_gone", true);
    auto transition = unless_unwanted(lease->job, std::move(waiting), core_.time.wall());
    auto ending = commit_end(lease, std::move(transition));
    co_await std::move(ending);
}

}  // namespace lanekeeper
