#include "store/counters.hpp"

#include "base/test_bugs.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::int64_t hour_ms = 3600 * 1000;

std::int64_t hour_of(std::int64_t ms) { return ms / hour_ms; }

void note_completion(JobChange& change, const Job& job) {
    if (change.to != JobState::completed || !job.completed_at) return;
    change.ended_ms = to_ms(*job.completed_at);
    if (job.started_at) change.run_ms = std::max<std::int64_t>(0, (*job.completed_at - *job.started_at).count());
}

}  // namespace

JobChange arrival(const Job& job) {
    JobChange result{job.owner, {}, job.state};
    note_completion(result, job);
    return result;
}

JobChange removal(const std::string& owner, JobState state) { return JobChange{owner, state, {}}; }

JobChange change(const std::string& owner, JobState from, const Job& next) {
    JobChange result{owner, from, next.state};
    if (from != next.state) note_completion(result, next);
    return result;
}

void Counters::count(const JobChange& change, int sign) {
    bool was_open = change.from && is_open(*change.from);
    bool now_open = change.to && is_open(*change.to);
    if (change.from) by_state_[std::size_t(*change.from)] -= sign;
    if (change.to) by_state_[std::size_t(*change.to)] += sign;
    if (was_open != now_open) {
        bool returned = was_open;
        if (!(returned && has_bug(Bug::capacity_not_returned))) count_open(change.owner, now_open ? sign : -sign);
    }
    if (change.ended_ms == 0) return;
    auto& hour = hours_[hour_of(change.ended_ms)];
    hour.jobs += sign;
    hour.run_ms += sign * change.run_ms;
}

void Counters::count_open(const std::string& owner, int by) {
    if (!owner.empty()) open_in_lanes_ += by;
    auto& open = open_by_owner_[owner];
    open += by;
    if (open == 0) open_by_owner_.erase(owner);
}

std::int64_t Counters::open_of(const std::string& owner) const {
    auto found = open_by_owner_.find(owner);
    return found == open_by_owner_.end() ? 0 : found->second;
}

StoreCounts Counters::snapshot(WallTime now) const {
    StoreCounts counts;
    for (int state = 0; state < states; ++state) counts.by_state[JobState(state)] = by_state_[std::size_t(state)];
    counts.owners_with_open_jobs = std::int64_t(open_by_owner_.size()) - std::int64_t(open_by_owner_.count(""));
    for (auto hour = hours_.upper_bound(hour_of(to_ms(now)) - 24); hour != hours_.end(); ++hour) {
        counts.completed_24h += hour->second.jobs;
        counts.completed_24h_run_ms += hour->second.run_ms;
    }
    return counts;
}

void Counters::forget_hours(WallTime now) {
    hours_.erase(hours_.begin(), hours_.upper_bound(hour_of(to_ms(now)) - 24));
}

}  // namespace lanekeeper
