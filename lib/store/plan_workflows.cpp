// An aggregate counts the jobs of its workflow that are open, and ends with the last of them ("job/aggregate.hpp").
#include "base/ids.hpp"
#include "base/test_bugs.hpp"
#include "job/aggregate.hpp"
#include "store/planner.hpp"

namespace lanekeeper {

/// The aggregate that waits for this job; nothing when it has none, or one that has ended.
std::optional<std::int64_t> Planner::open_workflow_of(const JobHead& job) {
    auto key = job.workflow_id ? job_key(*job.workflow_id) : std::nullopt;
    auto aggregate = key ? head(*key) : std::nullopt;
    if (!aggregate || !aggregate->aggregate || aggregate->state != JobState::pending) return {};
    heads_.try_emplace(*key, std::move(*aggregate));
    return key;
}

/// Its jobs come with it, in one mutation.
std::vector<std::int64_t> Planner::members(std::int64_t aggregate) {
    if (!new_by_key_.contains(aggregate)) return rows_.members(job_id(aggregate));
    std::vector<std::int64_t> keys;
    for (auto index : plan_.new_jobs) {
        const auto& job = plan_.inserted[index].job;
        if (job.workflow_id == job_id(aggregate)) keys.push_back(job.key);
    }
    return keys;
}

Result<void> Planner::leave_workflow(std::int64_t key, WallTime at) {
    auto ended = head(key);
    auto aggregate = ended ? open_workflow_of(*ended) : std::nullopt;
    if (!aggregate) return {};
    auto& open = heads_[*aggregate].open_dependencies;
    if (open > 0) --open;
    if (open == 0 && !has_bug(Bug::parent_forgets_jobs)) return conclude(*aggregate, at);
    released_.push_back(*aggregate);
    return {};
}

/// One that ended is open again.
void Planner::rejoin_workflow(const JobHead& job) {
    auto aggregate = open_workflow_of(job);
    if (!aggregate) return;
    ++heads_[*aggregate].open_dependencies;
    released_.push_back(*aggregate);
}

Result<void> Planner::conclude(std::int64_t aggregate, WallTime at) {
    auto job = planned(aggregate);
    if (!job) return {};
    AggregateEnd end(*job);
    for (auto key : members(aggregate))
        if (auto member = planned(key)) end.add(*member);
    return follow(end.transition(at), at);
}

Result<void> Planner::cancel_aggregate(const CancelAggregate& wish, WallTime at) {
    auto known = head(wish.key);
    bool open = known && known->aggregate && known->state == JobState::pending;
    auto job = open ? planned(wish.key) : std::nullopt;
    if (!job) return stale_job(wish.key, known);
    note(lifecycle::ask_cancel(*job, at, wish.reason));
    auto reason = "workflow_cancelled:" + job->id();
    for (auto key : members(wish.key))
        if (auto ok = cancel_member(key, reason, at); !ok) return ok;
    return {};
}

Result<void> Planner::cancel_member(std::int64_t key, const std::string& reason, WallTime at) {
    auto known = head(key);
    auto job = known && is_open(known->state) ? planned(key) : std::nullopt;
    if (!job) return {};
    if (job->state != JobState::running) return follow(lifecycle::cancel(*job, at, reason), at);
    note(lifecycle::ask_cancel(*job, at, reason));
    return {};
}

/// Decided before its workflow was canceled, which it does not take back: one that would be tried again is not.
void Planner::keep_wish(Job& next) {
    auto stored = planned(next.key);
    if (!stored || !stored->cancel_requested_at) return;
    next.cancel_requested_at = stored->cancel_requested_at;
    next.cancel_reason = stored->cancel_reason;
    if (next.state != JobState::queued) return;
    next.attempts = stored->attempts;  // nothing is given back to what will not run again
    wished_.push_back(next.key);
}

/// Written, and told to nobody.
void Planner::note(const Transition& transition) {
    heads_[transition.next.key] = head_of(transition.next);
    write_job(JobWrite{transition.next, transition.from, transition.next.owner});
}

}  // namespace lanekeeper
