#pragma once
#include "async/time_source.hpp"
#include "simulation/faults.hpp"
#include "simulation/referee.hpp"
#include "store/memory/memory_store.hpp"

#include <functional>

namespace lanekeeper::simulation {

/// One process's way to the memory store that outlives it: takes its time, fails, dies in the middle of a commit, and
/// shows the referee each commit before anybody else hears of it.
class SimStore final : public Store {
public:
    /// `die`: ends the process at once; the coroutine that calls it is never resumed.
    SimStore(MemoryStore& disk, Faults& faults, Referee& referee, TimeSource& time, std::function<void()> die);

    Task<void> open() override { return disk_.open(); }
    Task<void> close() override { return disk_.close(); }
    Task<Result<Committed>> commit(Mutation mutation) override;

    Task<std::optional<Job>> job(std::int64_t key) override;
    Task<std::optional<Job>> job_by_client_id(std::string client_id) override;
    Task<JobPage> jobs(JobQuery query) override;
    Task<std::vector<std::int64_t>> dependents(std::int64_t key, std::size_t limit) override;
    Task<std::vector<OpenJob>> open_jobs(std::int64_t after, std::size_t limit) override;
    Task<std::vector<std::int64_t>> open_jobs_of_session(std::string session_id) override;
    Task<std::optional<Job>> open_duplicate(std::string dedupe_match) override;
    Task<std::optional<Record>> record(std::string kind, std::string scope, std::string key) override;
    Task<std::vector<Record>> records(std::string kind, std::string scope, std::int64_t after, std::size_t limit) override;
    Task<std::vector<Record>> records_of_kind(std::string kind, std::int64_t after, std::size_t limit) override;
    Task<EventPage> events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) override;
    Task<EventRange> event_range() override { return disk_.event_range(); }
    Task<bool> retain(RetentionRules rules, WallTime now) override { return disk_.retain(rules, now); }

    StoreCounts counts() const override { return disk_.counts(); }
    std::int64_t highest_job_key() const override { return disk_.highest_job_key(); }
    StoreHealth health() const override { return disk_.health(); }
    StoreStats stats() const override { return disk_.stats(); }
    void set_listener(Listener listener) override { listener_ = std::move(listener); }

private:
    Task<Result<Committed>> commit_here(Mutation mutation);
    Task<void> show(Commit seen, std::vector<std::int64_t> changed, std::vector<std::int64_t> merged);
    Task<void> maybe_die(std::optional<CrashPoint> planned, CrashPoint point);
    Task<void> stay_dead();
    template <class T>
    Task<T> read(Task<T> reading);

    MemoryStore& disk_;
    Faults& faults_;
    Referee& referee_;
    TimeSource& time_;
    std::function<void()> die_;
    Listener listener_;
    bool dead_ = false;
};

}  // namespace lanekeeper::simulation
