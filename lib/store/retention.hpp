#pragma once
#include "store/store.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lanekeeper {

/// What a driver offers to retention. All steps are bounded by their `limit`.
class RetentionRows {
public:
    virtual ~RetentionRows() = default;
    struct Ended {
        std::int64_t key = 0;
        WallTime at{};
        std::optional<std::string> workflow;
    };
    /// The next owner of any job, in the order of their names; from before "" (the pool) when nothing is given.
    virtual std::optional<std::string> owner_after(const std::optional<std::string>& owner) = 0;
    /// Jobs of the owner that ended; needs not count beyond `enough`.
    virtual std::int64_t count_ended(const std::string& owner, std::int64_t enough) = 0;
    /// By rising key, after a key.
    virtual std::vector<Ended> ended(const std::string& owner, JobState state, std::int64_t after, std::size_t limit) = 0;
    /// Whether an open job waits for this one.
    virtual bool is_awaited(std::int64_t key) = 0;
    virtual bool is_kept(std::int64_t key) = 0;
    virtual void remove_job(const std::string& owner, JobState state, std::int64_t key) = 0;
    /// How many records that expired before `now` went.
    virtual std::size_t remove_expired(WallTime now, std::size_t limit) = 0;
    /// How many of the oldest events went: those of before `cutoff`, and those beyond the newest `keep`.
    virtual std::size_t remove_events(WallTime cutoff, std::int64_t keep, std::size_t limit) = 0;
};

/// Decides what may go (queue.md 10), a bounded step at a time. Remembers which owners had jobs that ended since it last
/// looked at them, so that its work follows what happened and not what is there; the first round after the start looks
/// at every owner once.
class Retention {
public:
    void job_ended(const std::string& owner) { changed_.insert(owner); }
    /// One step; true when there is more to do now.
    bool step(RetentionRows& rows, const RetentionRules& rules, WallTime now);

private:
    struct Pass;
    bool visit_known(Pass& pass);
    bool visit_all(Pass& pass);
    bool visit(Pass& pass, const std::string& owner);

    std::set<std::string> changed_;  // to look at in the next round
    std::set<std::string> round_;    // still to look at in this one
    bool in_round_ = false;
    bool walked_ = false;            // every owner has been seen once
    std::optional<std::string> walked_to_;
};

}  // namespace lanekeeper
