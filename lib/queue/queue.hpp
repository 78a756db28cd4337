#pragma once
#include "async/task.hpp"
#include "base/error.hpp"
#include "job/job.hpp"
#include "queue/remote/claims.hpp"
#include "queue/submission.hpp"
#include "store/store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

struct Enqueued;

/// `Idempotency-Key` (queue.md 4): the answer that a first call got is kept with the job, for 24 h.
struct IdempotencyClaim {
    IdempotencyClaim() = default;
    std::string scope;      // route and caller
    std::string key;        // the header
    std::string body_hash;  // another body under the same key is refused with idempotency_mismatch
    std::function<json::object(const Enqueued&)> answer;  // pure
};

struct EnqueueRequest {
    EnqueueRequest() = default;
    std::string type;
    std::string owner;
    std::optional<std::string> source_session_id;
    json::object payload;
    json::value metadata;
    /// Committed with the job, and also when the job turns out to be a duplicate.
    Effects effects;
    /// Committed only if the job is new.
    Effects effects_if_new;
    std::optional<IdempotencyClaim> idempotency;
};

struct Enqueued {
    Enqueued() = default;
    enum class How { enqueued, already_queued, merged };
    How how = How::enqueued;
    Job job;
    std::optional<json::object> replayed;  // the answer of an earlier call with the same idempotency key
};

struct LaneView {
    std::string owner;
    std::int64_t queued = 0;
    std::int64_t running = 0;
    Millis oldest_wait{0};
    bool paused = false;
    bool draining = false;
};

/// A worker as clients see it.
struct PoolWorkerView {
    std::string id;
    bool busy = false;
    bool unhealthy = false;  // silent: its job is taken from it, and another worker comes in its place
    WallTime last_beat{};
    std::optional<std::string> job_id;
    std::int64_t completed = 0;
    std::int64_t failed = 0;
    std::int64_t failed_in_a_row = 0;
    std::int64_t tokens_in = 0;
    std::int64_t tokens_out = 0;
};

struct PoolView {
    std::vector<PoolWorkerView> workers;  // by id
    std::int64_t queued = 0;
    std::int64_t running = 0;
    bool paused = false;
    bool draining = false;
};

struct LanePage {
    std::vector<LaneView> lanes;       // by owner
    std::optional<std::string> next;
};

struct StopOptions {
    StopOptions() = default;
    StopOptions(Millis drain_, Millis settle_) : drain(drain_), settle(settle_) {}
    Millis drain{5000};
    Millis settle{2000};
};

// The queue as the rest of the program sees it (orchestrator-queue.md, Queue Manager). Calls may come from any executor
// and resume on the caller's. Refusals are Problems: invalid_request (with issues), not_found, queue_full {scope, limit,
// depth, retryAfterMs}, queue_disabled, shutting_down, lane_draining, already_terminal, job_conflict.
// `StorageUnavailable` passes through. Not cancellable, unless a call says so.
class Queue {
public:
    virtual ~Queue() = default;

    /// Recovers what was open, before anything is admitted.
    virtual Task<void> start() = 0;
    /// Bounded by drain + settle, whatever the runners do (queue.md 7). A second call while the first runs skips to the
    /// forcing step. Harmless before start and after stop.
    virtual Task<void> stop(StopOptions options) = 0;

    virtual Task<Result<Enqueued>> enqueue(EnqueueRequest request) = 0;
    /// All or nothing; in the order given, the workflow's own job first. Further refusals: unknown_dependency {ids},
    /// duplicate_job_id {jobId}, cyclic_dependency {cycle}; in a list those of one job have its `index`.
    virtual Task<Result<std::vector<Enqueued>>> submit(Batch batch) = 0;
    /// What would refuse it at any time: a look before the submission is made. Any thread.
    virtual Result<void> check_submission(const Submission& job) const = 0;
    virtual Task<std::optional<Job>> get(std::string job_id) = 0;
    /// Queued: canceled in the reply. Running: asked to end; the reply is the job as it is then. A terminal job is refused with
    /// `already_terminal`. A workflow: the same with each of its open jobs; it ends with the last of them.
    virtual Task<Result<Job>> cancel(std::string job_id, std::string reason) = 0;
    /// Once more, with a new budget; `cascade`: so are those that ended because it had. Refused with `job_conflict` while
    /// something that it depends on has not completed.
    virtual Task<Result<Job>> retry(std::string job_id, bool cascade = false) = 0;
    virtual Task<JobPage> list(JobQuery query) = 0;
    /// The job once it is terminal, or as it stands at the deadline or when the queue begins to stop. Cancellable.
    virtual Task<std::optional<Job>> wait_terminal(std::string job_id, Millis limit) = 0;
    /// Cancels the open jobs of a chat that goes away, with this reason; its own lane is no longer paused or drained.
    virtual Task<void> cancel_jobs_of_session(std::string session_id, std::string reason) = 0;
    /// A lane whose owner goes away is no longer paused or drained: nobody could resume it.
    virtual Task<void> free_lane(std::string owner) = 0;

    virtual Task<PoolView> pool() = 0;
    /// For workers outside of this program.
    virtual Claims& claims() = 0;
    /// Of the last five minutes, lanes and pool.
    virtual double completed_per_minute() const = 0;
    virtual Task<LanePage> lanes(std::string after, std::size_t limit) = 0;
    enum class LaneCommand { pause, resume, drain };
    virtual Task<Result<LaneView>> command_lane(std::string owner, LaneCommand command) = 0;
    virtual std::vector<std::string> paused_lanes(std::size_t limit) const = 0;

    virtual bool accepting() const = 0;
};

}  // namespace lanekeeper
