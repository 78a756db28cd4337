#pragma once
#include "async/baton.hpp"
#include "queue/scheduler.hpp"
#include "queue/start_job.hpp"
#include "queue/supervisor.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace lanekeeper {

/// The queue of one owner (queue.md 3): at most one of its jobs runs. Everything below happens on its strand; the
/// public functions may be called from anywhere and hop there. `serve` is its one loop, alive while it holds a slot.
/// Transitions of its jobs are made one at a time, under the baton: what was decided is what is committed.
class Lane final : public JobHouse, public std::enable_shared_from_this<Lane> {
public:
    Lane(QueueCore& core, Scheduler& scheduler, asio::any_io_executor executor, std::string owner);
    ~Lane() override;

    const std::string& owner() const override { return owner_; }

    Task<Result<Enqueued>> enqueue(EnqueueRequest request, std::shared_ptr<const Definition> definition);
    Task<Result<Job>> cancel(std::int64_t key, std::string reason);
    Task<Result<Job>> retry(std::int64_t key, bool cascade);
    /// As Pool::expire.
    Task<bool> expire(std::int64_t key);
    Task<Result<LaneView>> command(Queue::LaneCommand command);
    /// Hands a job that this lane offered to a worker outside of this program, unless something else is to run by now; then
    /// another one may be offered. Nothing else runs here until `remote_ended`.
    Task<std::optional<Job>> start_remote(StartOrder order);
    Task<void> remote_ended(Job job);
    /// Ends the wait of a job in `core.untold`, with what was told of its turn: nothing, and it goes back or ends,
    /// the former in any case where it `goes_on`.
    Task<void> settle_late(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on);

    // Stopping, in this order; each returns at once.
    void ask_running_to_end();  // with reason shutdown
    void force_running();
    void dismiss_runners();     // the last word to coroutines that outlived their attempts
    /// What still runs at the deadline, by name.
    Task<std::vector<std::string>> wait_runners(MonoTime deadline);

    // From the scheduler.
    void granted(JobClass job_class);
    /// The id of the job that runs here, if one does.
    Task<std::optional<std::string>> running_job();
    void look_again();
    /// A job of its own that was committed elsewhere waits from now on.
    void take(const Job& job);
    /// One that was ended while it waited.
    void forget(std::int64_t key);
    void pin() { pins_.fetch_add(1); }
    void unpin();
    bool pinned() const { return pins_.load() != 0; }
    std::uint64_t version() const { return version_.load(); }

    // At start, before anything runs.
    void add_at_start(const OpenJob& job);
    void flags_at_start(bool paused, bool draining);
    void away_at_start(std::int64_t key) { away_ = key; }
    void report_at_start() { report(); }

private:
    // JobHouse
    std::shared_ptr<void> keep() override { return shared_from_this(); }
    void changed() override { report(); }
    void put_back(const Job& job) override { add_waiting(job); }
    void job_ran(const Job& job, Millis took) override;

    // lane.cpp
    void add_fresh(const Job& job);
    void add_waiting(std::int64_t key, int priority, WallTime since, std::optional<WallTime> not_before);
    void add_waiting(const Job& job);
    void note_remote(std::int64_t key, const std::string& type, const std::string& executor);
    void remove_waiting(std::int64_t key);
    bool running() const { return supervisor_.running() || away_; }
    std::optional<Choice> choose();
    Task<std::vector<std::string>> await_runners(MonoTime deadline);
    Task<std::optional<std::string>> read_running_job();
    bool resting() const;
    void report();
    LaneView view() const;

    // lane_enqueue.cpp
    Task<Result<Enqueued>> enqueue_here(EnqueueRequest request, std::shared_ptr<const Definition> definition);
    Task<Result<Enqueued>> insert(EnqueueRequest request, std::shared_ptr<const Definition> definition);
    Job new_job(const EnqueueRequest& request, const Definition& definition);
    Mutation insert_mutation(EnqueueRequest& request, const Definition& definition, Job job);
    Problem with_retry_hint(Problem problem) const;
    Task<std::optional<Result<Enqueued>>> replay(IdempotencyClaim claim);
    Task<std::optional<Record>> drop_answer(IdempotencyClaim claim);
    Task<std::optional<Result<Enqueued>>> keep_answer(IdempotencyClaim claim, Enqueued enqueued);

    // lane_control.cpp
    Task<Result<Job>> cancel_here(std::int64_t key, std::string reason);
    Task<Result<Job>> cancel_waiting(Job job, std::string reason);
    Task<Result<Job>> cancel_running(Job job, std::string reason);
    Task<Result<Job>> retry_here(std::int64_t key, bool cascade);
    Task<bool> expire_here(std::int64_t key);
    Task<void> settle_late_here(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on);
    Task<Result<LaneView>> command_here(Queue::LaneCommand command);

    // lane_remote.cpp
    void offer(const std::optional<Choice>& choice);
    Task<std::optional<Job>> start_remote_here(StartOrder order);
    Task<void> remote_ended_here(Job job);

    // lane_serve.cpp
    void served(const std::exception_ptr& failure);
    Task<void> serve(JobClass granted);
    Task<void> run_next(JobClass granted);
    Task<std::shared_ptr<Attempt>> start_chosen(Choice choice);

    QueueCore& core_;
    Scheduler& scheduler_;
    const std::string owner_;
    Strand strand_;
    Baton dropping_;  // of expired answers
    WaitingSet waiting_;
    Nursery nursery_;
    Supervisor supervisor_;
    std::unique_ptr<Alarm> ended_;  // while a stop waits for what runs; every end makes a report
    std::unordered_map<std::int64_t, std::string> remote_;  // those that wait for a worker outside of this program, and their types
    std::optional<std::int64_t> offered_;
    std::optional<std::int64_t> away_;  // runs with such a worker
    int burst_ = 0;
    bool serving_ = false;
    bool started_ = false;  // with the slot that it holds
    bool paused_ = false;
    bool draining_ = false;
    double recent_run_ms_ = 0;  // moving average, for the retry hint
    std::atomic<int> pins_{0};
    std::atomic<bool> idle_{true};  // by its last report
    std::atomic<std::uint64_t> version_{0};
};

}  // namespace lanekeeper
