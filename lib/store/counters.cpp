#include "store/counters.hpp"

#include "base/test_bugs.hpp"
#include "job/aggregate.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::int64_t hour_ms = 3600 * 1000;

std::int64_t hour_of(std::int64_t ms) { return ms / hour_ms; }

void note_completion(JobChange& change, const Job& job) {
    if (change.to != JobState::completed || !job.completed_at || is_aggregate(job)) return;  // those are no work
    change.ended_ms = to_ms(*job.completed_at);
    if (job.started_at) change.run_ms = std::max<std::int64_t>(0, (*job.completed_at - *job.started_at).count());
}

std::vector<std::int64_t> awaits(const Job& job) {
    std::vector<std::int64_t> keys;
    for (const auto& dependency : job.dependencies)
        if (dependency.key != 0) keys.push_back(dependency.key);
    return keys;
}

}  // namespace

JobChange arrival(const Job& job) {
    JobChange result{job.owner, {}, job.state, 0, 0, awaits(job)};
    note_completion(result, job);
    return result;
}

JobChange removal(const std::string& owner, JobState state) { return JobChange{owner, state, {}, 0, 0, {}}; }

JobChange change(const std::string& owner, JobState from, const Job& next) {
    JobChange result{owner, from, next.state, 0, 0, awaits(next)};
    if (from != next.state) note_completion(result, next);
    return result;
}

void Counters::count(const JobChange& change, int sign) {
    bool was_open = change.from && is_open(*change.from);
    bool now_open = change.to && is_open(*change.to);
    if (change.from) by_state_[std::size_t(*change.from)] -= sign;
    if (change.to) by_state_[std::size_t(*change.to)] += sign;
    if (was_open != now_open) count_openness(change, now_open ? sign : -sign);
    if (change.owner.empty()) ended_in_pool_ += sign * (int(change.to && !now_open) - int(change.from && !was_open));
    if (change.ended_ms != 0) count_hour(change, sign);
}

void Counters::count_openness(const JobChange& change, int by) {
    for (auto key : change.awaits)
        if ((awaited_[key] += by) == 0) awaited_.erase(key);
    if (by < 0 && has_bug(Bug::capacity_not_returned)) return;
    count_open(change.owner, by);
}

void Counters::count_hour(const JobChange& change, int sign) {
    auto& hour = hours_[hour_of(change.ended_ms)];
    hour.jobs += sign;
    hour.run_ms += sign * change.run_ms;
}

void Counters::count_open(const std::string& owner, int by) {
    if (!owner.empty() || has_bug(Bug::pool_in_lane_budget)) open_in_lanes_ += by;
    auto& open = open_by_owner_[owner];
    open += by;
    if (open == 0) open_by_owner_.erase(owner);
}

std::int64_t Counters::open_of(const std::string& owner) const {
    auto found = open_by_owner_.find(owner);
    return found == open_by_owner_.end() ? 0 : found->second;
}

CountSummary Counters::summary() const {
    auto lanes = std::int64_t(open_by_owner_.size()) - std::int64_t(open_by_owner_.count(""));
    return CountSummary{by_state_, lanes, hours_};
}

StoreCounts CountSummary::at(WallTime now) const {
    StoreCounts counts;
    for (std::size_t state = 0; state < by_state.size(); ++state) counts.by_state[JobState(state)] = by_state[state];
    counts.owners_with_open_jobs = owners_with_open_jobs;
    for (auto hour = hours.upper_bound(hour_of(to_ms(now)) - 24); hour != hours.end(); ++hour) {
        counts.completed_24h += hour->second.jobs;
        counts.completed_24h_run_ms += hour->second.run_ms;
    }
    return counts;
}

void Counters::forget_hours(WallTime now) {
    hours_.erase(hours_.begin(), hours_.upper_bound(hour_of(to_ms(now)) - 25));
}

}  // namespace lanekeeper
