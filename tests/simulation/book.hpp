#pragma once
#include "job/effects.hpp"
#include "job/job.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::simulation {

/// The parent of a workflow, which no worker runs.
bool is_parent(const Job& job);
/// Workers outside claim it.
inline constexpr std::string_view remote_executor = "worker";
inline bool is_remote(const Job& job) { return job.executor == remote_executor; }

/// A job as the last commit left it, and what the commits before it add up to.
struct Entry {
    Job job;
    int number = 0;              // in the order of creation: what traces call it
    MonoTime state_since{};      // when its state was committed
    int starts = 0;              // of this budget
    int returned = 0;            // attempts given back of this budget
    int outcomes = 0;            // completed effects of its sink
    int promotions = 0;          // of this budget

    bool waits() const { return job.state == JobState::queued; }
};

/// A lane, or the pool.
struct LaneBook {
    std::set<std::int64_t> pending;
    std::set<std::int64_t> queued;
    std::set<std::int64_t> running;
    bool paused = false;
    bool draining = false;
    MonoTime flags_since{};  // when the last two were committed
    int burst = 0;  // interactive starts in a row, of this life

    std::size_t open() const { return pending.size() + queued.size() + running.size(); }
};

/// What one commit did to one job. `before`: nothing for a new job.
struct Change {
    std::optional<Job> before;
    Job after;
    bool merged = false;  // a newcomer's payload went into it
};

/// One committed mutation, as the store's own rows show it: one change a job, however many steps it took.
struct Commit {
    MonoTime now{};
    WallTime wall{};
    std::vector<Change> changes;
    std::vector<RecordPut> puts;
    std::vector<RecordDelete> deletes;
    std::vector<Event> events;
};

/// All that was ever committed, in the memory of the referee: it never forgets, crashes, or asks the queue.
class Book {
public:
    /// Takes a commit in; invariants look before and after.
    void take(const Commit& commit);
    /// A new process: what only a process remembers is gone.
    void new_life();

    const Entry* find(std::int64_t key) const;
    /// Of the job with that id of a client's own.
    std::optional<std::int64_t> key_of(const std::string& client_id) const;
    const std::map<std::int64_t, Entry>& jobs() const { return jobs_; }
    /// Of owners; the pool is none.
    const std::map<std::string, LaneBook>& lanes() const { return lanes_; }
    /// What workers of ours run of it; `remote`: what others claim, which is of the pool as well.
    const LaneBook& pool() const { return pool_; }
    const LaneBook& remote() const { return remote_; }
    std::size_t open_in_pool() const { return pool_.open() + remote_.open(); }
    /// The lane of an owner, or the pool.
    const LaneBook& lane_of(const std::string& owner) const;
    /// The keys of those that depend on it.
    const std::vector<std::int64_t>& dependents(std::int64_t key) const;
    /// All that it depends on has completed.
    bool is_free(const Job& job) const;
    std::string name(std::int64_t key) const;  // "#12"

    /// In lanes.
    int running(JobClass job_class) const { return running_[std::size_t(job_class)]; }
    int running() const { return running_[0] + running_[1]; }
    std::size_t open() const { return open_; }
    std::size_t open_in_lanes() const { return open_ - open_in_pool(); }

    /// Since when a queued job could have been chosen: its delay is over and it is committed.
    MonoTime ready_at(const Entry& entry, MonoTime now, WallTime wall) const;
    /// Ready jobs of a lane, in the order in which priority would take them.
    std::vector<const Entry*> ready(const LaneBook& lane, MonoTime now, WallTime wall) const;

private:
    LaneBook& lane_of(const std::string& owner) { return owner.empty() ? pool_ : lanes_[owner]; }
    LaneBook& lane_of(const Job& job) { return job.in_pool() && is_remote(job) ? remote_ : lane_of(job.owner); }
    void count(const Job& job, int by);
    void take(const Change& change, MonoTime now);
    void set_flags(const std::string& owner, bool paused, bool draining, MonoTime now);
    void note_budget(Entry& entry, const Change& change);

    std::map<std::int64_t, Entry> jobs_;
    std::map<std::string, LaneBook> lanes_;
    LaneBook pool_, remote_;
    std::map<std::int64_t, std::vector<std::int64_t>> dependents_;
    std::map<std::string, std::int64_t> by_client_id_;
    int running_[2] = {0, 0};
    std::size_t open_ = 0;
};

bool is_start(const Change& change);
/// Open again, by a person's retry.
bool is_reopened(const Change& change);
/// Ended by this commit.
bool is_ended(const Change& change);

}  // namespace lanekeeper::simulation
