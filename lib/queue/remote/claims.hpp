#pragma once
#include "async/presence.hpp"
#include "async/task.hpp"
#include "base/error.hpp"
#include "job/job.hpp"
#include "queue/definition.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

// Jobs that workers outside of this program run (jobs-family.md, Workers in any language): a worker claims one, holds it by a
// lease that its heartbeats extend, and completes or fails it. (job, run) is the fencing token.

struct ClaimRequest {
    ClaimRequest() = default;
    std::string worker_id;
    std::vector<std::string> types;
    Millis wait{0};
    Millis lease{30'000};
    /// Of who asks, on the executor that `claim` is called on; null: it stays. Nothing is handed to one that is gone.
    std::shared_ptr<Presence> presence;
};

struct Claimed {
    Claimed() = default;
    Claimed(Job job_, WallTime lease_expires_at_) : job(std::move(job_)), lease_expires_at(lease_expires_at_) {}
    Job job;  // running
    WallTime lease_expires_at{};
};

/// A run of a job in the hand of a worker.
struct HeldRun {
    HeldRun() = default;
    HeldRun(std::string job_id_, std::string worker_id_, int run_)
        : job_id(std::move(job_id_)), worker_id(std::move(worker_id_)), run(run_) {}
    std::string job_id;
    std::string worker_id;
    int run = 0;
};

struct LeaseState {
    LeaseState() = default;
    WallTime expires_at{};
    bool cancel_requested = false;
    std::optional<std::string> reason;  // of the request
};

struct RemoteFailure {
    RemoteFailure() = default;
    std::string error;
    bool retryable = true;
    std::optional<WallTime> snooze_until;  // "not now": back to the queue until then, no attempt spent
};

/// A worker that was heard of lately.
struct RemoteWorkerView {
    std::string id;
    std::vector<std::string> types;    // of its last claim
    std::vector<std::string> job_ids;  // that it holds
    WallTime heard_at{};
};

struct ClaimCounts {
    std::int64_t leases = 0;
    std::int64_t waiting = 0;  // claims that wait for a job
    std::int64_t expired = 0;  // leases, ever
};

// Calls may come from any executor and resume on the caller's. Refusals: not_found {jobId}; stale_run {jobId, run, status}:
// the job does not run with this run, or another worker holds it; nothing was changed, unless `complete` says so.
// `StorageUnavailable` passes through: nothing was changed.
class Claims {
public:
    virtual ~Claims() = default;

    /// A job of one of these types: the most urgent one, then the first that came; whoever asked first is served first. It is
    /// durably running, and leased. Nothing: none came in time, or the worker is gone. Further refusals: shutting_down, at once
    /// when the queue begins to stop; queue_full {scope: "claims"} when too many wait. Cancellable: what was started for one that went away
    /// meanwhile goes back to the queue.
    virtual Task<Result<std::optional<Claimed>>> claim(ClaimRequest request) = 0;
    /// Extends the lease. Once more tells a worker that comes late of the cancel that ended its run.
    virtual Task<Result<LeaseState>> heartbeat(HeldRun held) = 0;
    virtual Task<Result<void>> progress(HeldRun held, json::value progress) = 0;
    /// The same call again is answered the same, also by a later life of the daemon; with another result it is stale. A run that
    /// was asked to cancel ends as cancelled, and the worker is told `stale_run`.
    virtual Task<Result<void>> complete(HeldRun held, CompletedRun end) = 0;
    /// Returns whether it will be run again. The same call again is answered the same until then.
    virtual Task<Result<bool>> fail(HeldRun held, RemoteFailure failure) = 0;

    virtual Task<std::vector<RemoteWorkerView>> workers() = 0;  // by id
    virtual ClaimCounts counts() const = 0;                     // any thread
};

}  // namespace lanekeeper
