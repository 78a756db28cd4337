#pragma once
#include "async/nursery.hpp"
#include "queue/core.hpp"
#include "queue/deadline_watch.hpp"
#include "queue/pool.hpp"
#include "queue/queue.hpp"
#include "queue/remote/remote_jobs.hpp"
#include "queue/scheduler.hpp"

#include <atomic>
#include <set>

namespace lanekeeper {

/// The queue of one process: every lane is its own.
class LocalQueue final : public Queue {
public:
    /// All references outlive it. Lanes run on `executor`, each on a strand of its own.
    LocalQueue(Ledger& ledger, const Registry& registry, Runtime& runtime, TimeSource& time, Random& random,
               Metrics& metrics, const QueueSettings& settings, asio::any_io_executor executor, const PoolSettings& pool = {});
    ~LocalQueue() override;

    Task<void> start() override;
    /// The same; what the runtime cannot tell by `runtime_deadline` of turns that were cut off is settled later: their jobs
    /// stay running, and their lanes wait.
    Task<void> start_by(MonoTime runtime_deadline);
    Task<void> stop(StopOptions options) override;
    Task<Result<Enqueued>> enqueue(EnqueueRequest request) override;
    Task<Result<std::vector<Enqueued>>> submit(Batch batch) override;
    Result<void> check_submission(const Submission& job) const override;
    Task<std::optional<Job>> get(std::string job_id) override;
    Task<Result<Job>> cancel(std::string job_id, std::string reason) override;
    Task<Result<Job>> retry(std::string job_id, bool cascade = false) override;
    Task<JobPage> list(JobQuery query) override;
    Task<std::optional<Job>> wait_terminal(std::string job_id, Millis limit) override;
    Task<void> cancel_jobs_of_session(std::string session_id, std::string reason) override;
    Task<void> free_lane(std::string owner) override;
    Task<PoolView> pool() override { return pool_->view(); }
    Claims& claims() override { return *remote_; }
    double completed_per_minute() const override { return core_.completions.per_minute(core_.time.mono()); }
    Task<LanePage> lanes(std::string after, std::size_t limit) override;
    Task<Result<LaneView>> command_lane(std::string owner, LaneCommand command) override;
    std::vector<std::string> paused_lanes(std::size_t limit) const override;
    bool accepting() const override { return accepting_.load(); }

    /// The lanes with most to do, for metrics.
    Task<std::vector<LaneView>> deepest_lanes(std::size_t count) { return scheduler_.deepest(count); }
    /// Coroutines that still run after `stop`, by name: empty when the stop was clean.
    std::vector<std::string> left_over() const { return left_over_; }

private:
    Result<std::shared_ptr<const Definition>> check(const EnqueueRequest& request) const;
    Task<void> load_lanes();
    void take(const Job& job);
    void take_at_start(const OpenJob& job);
    Task<void> adopt_at_start(std::int64_t key);
    Task<Result<Job>> cancel_once(Job job, std::string reason);

    // local_queue_submit.cpp
    Task<Result<void>> check_draining(std::set<std::string> owners);
    Result<std::shared_ptr<const Definition>> definition_for(const Submission& submission) const;
    Job job_of(const Submission& submission, const Definition& definition, std::int64_t key);
    JobInsert insert_of(Submission submission, const Definition& definition, std::int64_t key);
    Result<std::vector<JobInsert>> inserts_of(Batch& batch, Effects& along);
    JobInsert aggregate_of(const WorkflowRequest& workflow, const std::vector<JobInsert>& jobs, json::object keys);
    void account_new(const std::vector<Inserted>& inserted);

    // local_queue_workflows.cpp
    Task<Result<Job>> cancel_workflow(Job aggregate, std::string reason);
    Task<void> cancel_open_members(std::string workflow_id, std::string reason);
    void withdraw(const std::vector<Transition>& cascaded);

    Task<bool> expire(std::int64_t key);
    Task<void> settle_untold();
    Task<void> settle_one_untold(std::int64_t key, MonoTime deadline);
    Task<void> end_untold();
    Task<void> stop_running(StopOptions options);
    Task<bool> wait_no_running(Millis window, bool may_hurry);
    Task<void> dismiss_all();
    void remember_paused(const std::string& owner, bool paused);

    QueueCore core_;
    asio::any_io_executor executor_;
    Scheduler scheduler_;
    std::shared_ptr<Pool> pool_;
    std::shared_ptr<RemoteJobs> remote_;
    Strand untold_strand_;
    Nursery untold_;  // what recovery left for later
    std::shared_ptr<DeadlineWatch> deadlines_;
    std::atomic<bool> accepting_{false};
    std::atomic<int> stops_{0};
    std::vector<std::string> left_over_;
    mutable std::mutex paused_mutex_;
    std::set<std::string> paused_;
};

}  // namespace lanekeeper
