#pragma once
#include "queue/pool_worker.hpp"
#include "queue/queue.hpp"

#include <map>
#include <set>
#include <vector>

namespace lanekeeper {

/// The queue of the jobs that belong to no owner (jobs-family.md): strict priority, then first come; as many run as it has
/// workers, which come while ready jobs find none idle, and go when they have been idle for long. It also keeps the
/// time of jobs that wait for one, those of lanes too.
///
/// Everything below happens on its strand; public functions may be called from anywhere and hop there. Unlike in a lane,
/// transitions of different jobs are under way at once; the store refuses what was decided on a state that is over.
class Pool : public std::enable_shared_from_this<Pool> {
public:
    Pool(QueueCore& core, asio::any_io_executor executor);
    ~Pool();

    // From any thread.
    /// A job that was committed: queued ones of the pool wait for a worker, those with a time wait for it.
    void take(const Job& job);
    /// One that was ended while it waited.
    void forget(const Job& job);
    void open();  // workers begin
    Task<Result<Job>> cancel(std::int64_t key, std::string reason);
    Task<Result<Job>> retry(std::int64_t key, bool cascade);
    /// Its `expiresAt` has come: what waits expires, what runs is asked to end. False: ask again, it is between the two.
    Task<bool> expire(std::int64_t key);
    Task<PoolView> view();
    /// As Lane::settle_late.
    Task<void> settle_late(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on);
    Task<Result<LaneView>> command(Queue::LaneCommand command);

    // At start, before anything runs: no hop.
    void add_at_start(const OpenJob& job);
    void flags_at_start(bool paused, bool draining);

    // Stopping, in this order.
    void shut();  // nothing more is started
    /// Ends early when `hurry` was called, and it may.
    Task<bool> wait_no_running(MonoTime deadline, bool may_hurry);
    void hurry();
    void ask_running_to_end();
    void force_running();
    void dismiss_runners();
    Task<std::vector<std::string>> wait_runners(MonoTime deadline);
    Task<std::vector<std::string>> running_jobs();

private:
    friend class PoolWorker;
    using Worker = std::shared_ptr<PoolWorker>;

    // pool.cpp
    void add(const Job& job);
    void add_timed(std::int64_t key, WallTime due);
    void look();
    void set_to_work();
    Worker idle_worker();
    std::optional<Choice> claim();
    Worker hire();
    void lay_down_work(const Worker& worker);
    bool may_start() const;
    void employ(Worker worker, Choice choice);
    Task<void> work(Worker worker, Choice choice);
    Task<void> run_one(Worker worker, Choice choice);
    Task<std::shared_ptr<Attempt>> start(Worker worker, Choice choice);
    std::size_t busy() const;
    PoolView look_around() const;

    // pool_timer.cpp
    Task<void> watch();
    std::optional<MonoTime> next_look() const;
    Task<void> free_due();
    Task<void> free_timed(std::pair<WallTime, std::int64_t> entry);
    Task<void> free_one(std::int64_t key);
    Task<void> read_timed();
    void send_idle_home();

    // pool_health.cpp
    void check_health();
    void check_worker(PoolWorker& worker);
    void replace(const Worker& worker);

    // pool_control.cpp
    Task<Result<Job>> cancel_here(std::int64_t key, std::string reason);
    Task<Result<Job>> cancel_running(Job job, std::string reason);
    Task<Result<Job>> cancel_waiting(Job job, std::string reason);
    Task<Result<Job>> retry_here(std::int64_t key, bool cascade);
    Task<bool> expire_here(std::int64_t key);
    Task<PoolView> view_here();
    Task<void> settle_late_here(std::int64_t key, std::optional<CompletedRun> settled, bool goes_on);
    Task<Result<LaneView>> command_here(Queue::LaneCommand command);
    Worker worker_of(std::int64_t key) const;

    // pool_stop.cpp
    Task<bool> await_no_running(MonoTime deadline, bool may_hurry);
    Task<std::vector<std::string>> await_runners(MonoTime deadline);
    Task<std::vector<std::string>> list_running();

    QueueCore& core_;
    const std::string owner_;  // none
    Strand strand_;
    Nursery nursery_;
    Nursery freeing_;  // the timer's, which waits for it
    WaitingSet waiting_;
    std::set<std::pair<WallTime, std::int64_t>> timed_;
    std::map<int, Worker> workers_;
    int replaced_up_to_ = 0;  // numbers up to here are not given again while this process lives
    MonoTime next_check_{};
    std::unique_ptr<Alarm> timer_;
    std::unique_ptr<Alarm> quiet_;
    bool overtaken_ = false;  // the time of some came while they waited for others
    bool open_ = false;
    bool paused_ = false;
    bool draining_ = false;
    bool hurried_ = false;
};

}  // namespace lanekeeper
