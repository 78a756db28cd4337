#pragma once
#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "queue/core.hpp"
#include "queue/remote/claimant.hpp"
#include "queue/remote/lease.hpp"
#include "queue/remote/worker_roll.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

namespace lanekeeper {

class Scheduler;

/// The jobs that workers outside of this program run: those of the pool that wait, what lanes offer, those who ask, and the leases
/// of what runs. They occupy no worker of the pool and no slot of the lanes.
///
/// Everything below happens on its strand; public functions may be called from anywhere and hop there. Leases are in
/// memory: a daemon that starts gives those that ran a new one, so that a worker that lives can go on.
class RemoteJobs final : public Claims, public std::enable_shared_from_this<RemoteJobs> {
public:
    RemoteJobs(QueueCore& core, Scheduler& scheduler, asio::any_io_executor executor);
    ~RemoteJobs() override;

    Task<Result<std::optional<Claimed>>> claim(ClaimRequest request) override;
    Task<Result<LeaseState>> heartbeat(HeldRun held) override;
    Task<Result<void>> progress(HeldRun held, json::value progress) override;
    Task<Result<void>> complete(HeldRun held, CompletedRun end) override;
    Task<Result<bool>> fail(HeldRun held, RemoteFailure failure) override;
    Task<std::vector<RemoteWorkerView>> workers() override;
    ClaimCounts counts() const override { return {leases_now_.load(), waiting_now_.load(), expired_.load()}; }

    // From any thread.
    /// A committed job of the pool that waits.
    void take(const Job& job);
    /// A job that waits no more.
    void forget(std::int64_t key);
    /// What a lane has next for a worker, instead of what it had; nothing: nothing.
    void offer(std::string owner, std::optional<RemoteOffer> offer);
    /// What holds jobs of the pool back may have changed.
    void look_again();
    /// Of the pool and queued, or running. `job_conflict`: it is neither just now, look again.
    Task<Result<Job>> cancel(std::int64_t key, std::string reason);

    // At start, before anything runs: no hop.
    void add_at_start(const OpenJob& job);
    void adopt_at_start(Job job);  // that runs
    void open();

    // Stopping. What workers hold is theirs, and stays running.
    void shut();  // nothing more is handed out; who waits is told
    /// What of its own still runs at the deadline, by name.
    Task<std::vector<std::string>> close(MonoTime deadline);

private:
    class Stay;
    using Place = ClaimLine::Place;

    // remote_jobs.cpp
    void add(const Job& job);
    void take_offer(const std::string& owner, std::optional<RemoteOffer> offer);
    void match();
    void hand_out();
    Task<std::vector<RemoteWorkerView>> list_workers();

    // remote_claim.cpp
    Task<void> join_here(ClaimantPtr claimant);
    Task<bool> conclude_here(ClaimantPtr claimant, bool over);
    void withdraw_here(const ClaimantPtr& claimant);
    void answer(const ClaimantPtr& claimant, Claimant::Answer answer);
    void rejoin(const ClaimantPtr& claimant);
    void leave(const ClaimantPtr& claimant);

    // remote_serve.cpp
    void employ(ClaimantPtr claimant, ClaimLine::Match match);
    Task<void> serve(ClaimantPtr claimant, ClaimLine::Match match);
    Task<std::optional<Job>> start(ClaimantPtr claimant, ClaimLine::Match match);
    void hand_over(const ClaimantPtr& claimant, const ClaimLine::Match& match, Job job);
    void give_back(std::int64_t key);
    Task<void> give_back_here(LeasePtr lease);

    // remote_lease.cpp
    LeasePtr lease_of(const HeldRun& held);
    Task<std::optional<Job>> stored(std::string job_id);
    Task<Result<LeaseState>> heartbeat_here(HeldRun held);
    Task<Result<void>> progress_here(HeldRun held, json::value progress);
    Task<bool> write_progress(LeasePtr lease, json::value progress);
    Task<Result<void>> complete_here(HeldRun held, CompletedRun end);
    Task<Result<bool>> fail_here(HeldRun held, RemoteFailure failure);
    Task<Result<Job>> cancel_here(std::int64_t key, std::string reason);
    Task<Result<Job>> cancel_running(LeasePtr lease, std::string reason);
    Task<Result<Job>> cancel_waiting(std::int64_t key, std::string reason);

    // remote_end.cpp
    LeasePtr lease_out(Job job, Millis length);
    void drop(const LeasePtr& lease);
    void plan(const LeasePtr& lease);
    Task<void> watch();
    void look_at_due();
    Task<void> run_out(LeasePtr lease);
    Task<bool> try_run_out(LeasePtr lease);
    Task<void> end_run(LeasePtr lease, AttemptEnd end);
    Task<void> commit_end(LeasePtr lease, Transition transition);
    Task<std::vector<std::string>> await_empty(MonoTime deadline);

    QueueCore& core_;
    Scheduler& scheduler_;
    Strand strand_;
    Nursery nursery_;
    ClaimLine line_;
    std::map<std::string, std::int64_t> offered_;  // by lanes
    std::map<Place, ClaimantPtr> claimants_;
    Place last_place_ = 0;
    std::map<std::int64_t, LeasePtr> leases_;
    std::unordered_map<std::string, std::int64_t> named_;  // leased jobs with a client's own id
    std::set<std::pair<MonoTime, std::int64_t>> due_;      // leases, by when to look at them
    WorkerRoll roll_;
    std::unique_ptr<Alarm> timer_;
    std::unique_ptr<Alarm> ended_;
    bool open_ = false;
    std::atomic<std::int64_t> leases_now_{0}, waiting_now_{0}, expired_{0};
};

}  // namespace lanekeeper
