#pragma once
#include "job/job.hpp"
#include "store/store.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace lanekeeper {

/// One job coming (no `from`), changing or going (no `to`), as counting sees it.
struct JobChange {
    std::string owner;
    std::optional<JobState> from;
    std::optional<JobState> to;
    std::int64_t ended_ms = 0;  // with to == completed: when, and after what running time
    std::int64_t run_ms = 0;
    std::vector<std::int64_t> awaits;  // keys of the jobs that it depends on
};

JobChange arrival(const Job& job);
JobChange removal(const std::string& owner, JobState state);
/// `next` is what the job of that owner becomes.
JobChange change(const std::string& owner, JobState from, const Job& next);

/// The counts that everybody may ask for, small enough to copy after every commit.
struct CountSummary {
    struct Hour {
        std::int64_t jobs = 0;
        std::int64_t run_ms = 0;
    };
    std::array<std::int64_t, 7> by_state{};
    std::int64_t owners_with_open_jobs = 0;
    std::map<std::int64_t, Hour> hours;  // completed jobs by hour since the epoch

    StoreCounts at(WallTime now) const;
};

/// Exact counts, kept up to date by changes and never by scanning. Not thread-safe.
class Counters {
public:
    using Hour = CountSummary::Hour;

    void apply(const JobChange& change) { count(change, 1); }
    /// Takes back an applied change, for a transaction that failed.
    void undo(const JobChange& change) { count(change, -1); }

    /// Open jobs of an owner; "" is the pool.
    std::int64_t open_of(const std::string& owner) const;
    /// Open jobs of all owners but the pool.
    std::int64_t open_in_lanes() const { return open_in_lanes_; }
    std::int64_t ended_in_pool() const { return ended_in_pool_; }
    std::int64_t in_state(JobState state) const { return by_state_[std::size_t(state)]; }
    /// Whether an open job depends on this one.
    bool is_awaited(std::int64_t key) const { return awaited_.contains(key); }
    CountSummary summary() const;

    // For drivers that keep them on disk.
    void set_terminal(JobState state, std::int64_t count) { by_state_[std::size_t(state)] = count; }
    void set_ended_in_pool(std::int64_t count) { ended_in_pool_ = count; }
    void set_hour(std::int64_t hour, Hour value) { hours_[hour] = value; }
    const std::map<std::int64_t, Hour>& hours() const { return hours_; }
    /// Forgets hours that no longer count towards the last 24.
    void forget_hours(WallTime now);

private:
    void count(const JobChange& change, int sign);
    void count_openness(const JobChange& change, int by);
    void count_hour(const JobChange& change, int sign);
    void count_open(const std::string& owner, int by);

    std::array<std::int64_t, 7> by_state_{};
    std::unordered_map<std::string, std::int64_t> open_by_owner_;
    std::unordered_map<std::int64_t, std::int64_t> awaited_;
    std::int64_t open_in_lanes_ = 0;
    std::int64_t ended_in_pool_ = 0;
    std::map<std::int64_t, Hour> hours_;
};

}  // namespace lanekeeper
