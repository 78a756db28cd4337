// The time of leases, and the end of runs.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/lane.hpp"
#include "queue/remote/remote_jobs.hpp"
#include "queue/time_limit.hpp"
#include "queue/transition_commit.hpp"

#include <algorithm>

namespace lanekeeper {

LeasePtr RemoteJobs::lease_out(Job job, Millis length) {
    auto definition = core_.registry.find(job);
    auto lease = std::make_shared<Lease>(std::move(job), definition, length, strand_);
    auto now = core_.time.mono();
    auto wall = core_.time.wall();
    lease->extend(now, wall);
    auto limit = time_limit(lease->job, *definition, core_);
    lease->late = limit.cause;
    if (limit.after.count() > 0) lease->deadline = now + (limit.after - run_time(lease->job, wall));
    leases_[lease->job.key] = lease;
    if (lease->job.client_id) named_[*lease->job.client_id] = lease->job.key;
    leases_now_ = std::int64_t(leases_.size());
    return lease;
}

void RemoteJobs::drop(const LeasePtr& lease) {
    lease->over = true;
    if (lease->planned) due_.erase({*lease->planned, lease->job.key});
    leases_.erase(lease->job.key);
    if (lease->job.client_id) named_.erase(*lease->job.client_id);
    leases_now_ = std::int64_t(leases_.size());
}

void RemoteJobs::plan(const LeasePtr& lease) {
    if (lease->planned) due_.erase({*lease->planned, lease->job.key});
    lease->planned = lease->next_look();
    due_.emplace(*lease->planned, lease->job.key);
    timer_->wake();
}

/// The one timer: of leases, and of jobs whose delay ends.
Task<void> RemoteJobs::watch() {
    while (open_ && !core_.stopping.load()) {
        look_at_due();
        hand_out();
        auto next = line_.next_due().value_or(MonoTime::max());
        if (!due_.empty()) next = std::min(next, due_.begin()->first);
        auto waiting = timer_->wait_until(next);
        co_await std::move(waiting);
    }
}

void RemoteJobs::look_at_due() {
    auto now = core_.time.mono();
    while (!due_.empty() && due_.begin()->first <= now) {
        auto lease = leases_.at(due_.begin()->second);
        due_.erase(due_.begin());
        lease->planned.reset();
        if (has_bug(Bug::lost_lease_kept)) continue;
        auto ending = run_out(lease);
        nursery_.start("lease", std::move(ending), [self = shared_from_this()](std::exception_ptr failure) {
            log_escape("lease", failure);
            self->ended_->wake();
        });
    }
}

Task<void> RemoteJobs::run_out(LeasePtr lease) {
    bool done = false;
    while (!done) {
        try {
            auto trying = try_run_out(lease);
            done = co_await std::move(trying);
        } catch (const StorageUnavailable& error) {
            log_error("lease not ended yet", {{"jobId", lease->job.id()}, {"error", error.what()}});
        }
        if (core_.stopping.load()) co_return;  // the next life gives it a new one
        if (done) co_return;
        auto pausing = pause_for(core_.time, limits::storage_probe);
        co_await std::move(pausing);
    }
}

Task<bool> RemoteJobs::try_run_out(LeasePtr lease) {
    auto taking = lease->baton.take();
    auto hold = co_await std::move(taking);
    if (lease->over) co_return true;
    auto now = core_.time.mono();
    if (now < lease->next_look()) {  // a heartbeat came first
        plan(lease);
        co_return true;
    }
    bool late = lease->deadline && *lease->deadline <= std::min(now, lease->expires);
    if (!lease->ends_by && late) {
        lease->ask_to_end(lease->late, now, limits::remote_cancel_grace);
        plan(lease);
        co_return true;
    }
    bool lost = !lease->ends_by;
    AttemptEnd end;
    end.how = lost ? AttemptEnd::How::failed : AttemptEnd::How::abandoned;
    end.error = "worker_lost";
    auto ending = end_run(lease, std::move(end));
    co_await std::move(ending);
    if (lost) ++expired_;
    log_warn(lost ? "lease expired" : "worker did not end its run in time",
             {{"jobId", lease->job.id()}, {"run", lease->job.run}, {"workerId", lease->job.worker_id.value_or("")}});
    co_return true;
}

/// The caller holds the lease's baton. Throws StorageUnavailable: it is held on.
Task<void> RemoteJobs::end_run(LeasePtr lease, AttemptEnd end) {
    end.cause = lease->cause;
    EndMoment moment;
    moment.now = core_.time.wall();
    moment.retry_delay = core_.backoff(lease->definition->retry.backoff, lease->job.attempts);
    auto transition = decide_end(lease->job, *lease->definition, std::move(end), moment);
    auto ending = commit_end(lease, std::move(transition));
    co_await std::move(ending);
}

Task<void> RemoteJobs::commit_end(LeasePtr lease, Transition transition) {
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto next = co_await std::move(committing);
    drop(lease);
    if (next) lease->job = std::move(*next);
    if (lease->job.in_pool()) {
        add(lease->job);
        co_return;
    }
    auto finding = scheduler_.lane(lease->job.owner);
    auto lane = co_await std::move(finding);
    auto telling = lane->remote_ended(lease->job);
    co_await std::move(telling);
}

}  // namespace lanekeeper
