// What an operator's retry reopens.
#include "store/planner.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

bool ended_by_dependency(const Job& job) {
    auto begins = [&](std::string_view word) { return job.error && std::string_view(*job.error).starts_with(word); };
    return (job.state == JobState::failed && begins("dependency_failed:")) ||
           (job.state == JobState::canceled && begins("dependency_cancelled:"));
}

}  // namespace

Result<void> Planner::reopen(const JobUpdate& update, const JobHead& stored) {
    auto key = update.next.key;
    if (auto whole = planned(key))
        if (auto ok = check_completed(*whole); !ok) return ok;
    if (auto ok = check_reopening(update.next, stored, update.capacity); !ok) return ok;
    if (update.with_dependents) reopened_.push_back(key);
    return {};
}

Result<void> Planner::check_reopening(const Job& next, const JobHead& stored, Capacity capacity) {
    const auto& match = next.dedupe_match;
    if (!match.empty()) {
        auto live = find_duplicate(match, JobState::pending, JobState::running);
        if (live) return Problem("job_conflict", "a live job holds its dedupe key", {{"jobId", live->id()}});
        if (!reopened_matches_.insert(match).second) return Problem("job_conflict", "two jobs with one dedupe key would be open");
    }
    if (auto room = check_capacity(stored.owner, capacity); !room) return room;
    count_open(stored.owner);
    rejoin_workflow(stored);
    return {};
}

/// A job that was doomed by another one is of no use before that one has completed.
Result<void> Planner::check_completed(const Job& job) {
    json::array ids;
    for (const auto& dependency : job.dependencies) {
        auto known = head(dependency.key);
        if (known && known->state != JobState::completed) ids.emplace_back(dependency.id);
    }
    if (ids.empty()) return {};
    return Problem("job_conflict", "what it depends on has not completed: retry that, with cascade", {{"ids", std::move(ids)}});
}

Result<void> Planner::reopen_dependents(WallTime at) {
    for (auto key : reopened_)
        if (auto ok = reopen_dependents_of(key, at); !ok) return ok;
    return {};
}

/// They were admitted once, with the job that is retried: no cap stands in their way.
Result<void> Planner::reopen_dependents_of(std::int64_t key, WallTime at) {
    auto jobs = ended_because_of(key);
    drop_doomed(jobs, key);
    drop_duplicates(jobs);
    drop_doomed(jobs, key);
    for (const auto& [dependent, job] : jobs) {
        auto transition = lifecycle::reopen(job, at, job.max_attempts);
        auto& next = transition.next;
        if (auto ok = check_reopening(next, head_of(job), Capacity()); !ok) return ok;
        auto is_open = [&](const Dependency& one) {
            auto known = head(one.key);
            return known && known->state != JobState::completed;
        };
        next.open_dependencies = int(std::count_if(next.dependencies.begin(), next.dependencies.end(), is_open));
        if (auto ok = follow(std::move(transition), at); !ok) return ok;
    }
    return {};
}

/// By key, so that each comes after those it depends on where they are ours.
std::map<std::int64_t, Job> Planner::ended_because_of(std::int64_t key) {
    std::map<std::int64_t, Job> found;
    std::vector<std::int64_t> next{key};
    for (std::size_t i = 0; i < next.size(); ++i) {
        for (auto dependent : dependents(next[i])) {
            if (found.contains(dependent)) continue;
            auto job = planned(dependent);
            if (!job || !ended_by_dependency(*job)) continue;
            found.emplace(dependent, std::move(*job));
            next.push_back(dependent);
        }
    }
    return found;
}

bool Planner::is_doomed(const Job& job, const std::map<std::int64_t, Job>& reopened, std::int64_t root) {
    for (const auto& dependency : job.dependencies) {
        auto known = head(dependency.key);
        bool bad = known && is_terminal(known->state) && known->state != JobState::completed;
        if (bad && dependency.key != root && !reopened.contains(dependency.key)) return true;
    }
    return false;
}

/// Whose dedupe key is taken, by a live job or by an older one of these, stays ended: its work is another's now.
void Planner::drop_duplicates(std::map<std::int64_t, Job>& jobs) {
    auto taken = reopened_matches_;
    auto is_taken = [&](const std::string& match) {
        if (match.empty()) return false;
        return !taken.insert(match).second || find_duplicate(match, JobState::pending, JobState::running);
    };
    std::erase_if(jobs, [&](const auto& one) { return is_taken(one.second.dedupe_match); });
}

/// Whoever still depends on something that ended badly stays ended, and so do theirs.
void Planner::drop_doomed(std::map<std::int64_t, Job>& jobs, std::int64_t root) {
    std::vector<std::int64_t> look;
    for (const auto& one : jobs) look.push_back(one.first);
    for (std::size_t i = 0; i < look.size(); ++i) {
        auto at = jobs.find(look[i]);
        if (at == jobs.end() || !is_doomed(at->second, jobs, root)) continue;
        jobs.erase(at);
        for (auto dependent : dependents(look[i]))
            if (jobs.contains(dependent)) look.push_back(dependent);
    }
}

}  // namespace lanekeeper
