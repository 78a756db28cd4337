#pragma once
#include "job/job.hpp"
#include "store/store.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace lanekeeper {

/// One job coming (no `from`), changing or going (no `to`), as counting sees it.
struct JobChange {
    std::string owner;
    std::optional<JobState> from;
    std::optional<JobState> to;
    std::int64_t ended_ms = 0;  // with to == completed: when, and after what running time
    std::int64_t run_ms = 0;
};

JobChange arrival(const Job& job);
JobChange removal(const std::string& owner, JobState state);
/// `next` is what the job of that owner becomes.
JobChange change(const std::string& owner, JobState from, const Job& next);

/// Exact counts, kept up to date by changes and never by scanning. Not thread-safe.
class Counters {
public:
    struct Hour {
        std::int64_t jobs = 0;
        std::int64_t run_ms = 0;
    };
    static constexpr int states = 7;

    void apply(const JobChange& change) { count(change, 1); }
    /// Takes back an applied change, for a transaction that failed.
    void undo(const JobChange& change) { count(change, -1); }

    /// Open jobs of an owner; "" is the pool.
    std::int64_t open_of(const std::string& owner) const;
    /// Open jobs of all owners but the pool.
    std::int64_t open_in_lanes() const { return open_in_lanes_; }
    std::int64_t in_state(JobState state) const { return by_state_[std::size_t(state)]; }
    StoreCounts snapshot(WallTime now) const;

    // For drivers that keep them on disk.
    void set_terminal(JobState state, std::int64_t count) { by_state_[std::size_t(state)] = count; }
    void set_hour(std::int64_t hour, Hour value) { hours_[hour] = value; }
    const std::map<std::int64_t, Hour>& hours() const { return hours_; }
    /// Forgets hours that no longer count towards the last 24.
    void forget_hours(WallTime now);

private:
    void count(const JobChange& change, int sign);
    void count_open(const std::string& owner, int by);

    std::array<std::int64_t, states> by_state_{};
    std::unordered_map<std::string, std::int64_t> open_by_owner_;
    std::int64_t open_in_lanes_ = 0;
    std::map<std::int64_t, Hour> hours_;  // completed jobs by hour since the epoch
};

}  // namespace lanekeeper
