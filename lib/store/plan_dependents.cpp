// What becomes of the jobs that depend on those that a mutation ends (jobs-family.md, Dependencies).
#include "base/test_bugs.hpp"
#include "store/planner.hpp"

#include <cstdint>
#include <limits>
#include <unordered_set>

namespace lanekeeper {

/// A list of ends that grows while it is walked: each edge is looked at once, however deep the graph.
Result<void> Planner::cascade(WallTime at) {
    for (auto key : wished_) {
        auto job = planned(key);
        if (!job) continue;
        if (auto ok = follow(lifecycle::cancel(*job, at, job->cancel_reason.value_or("canceled")), at); !ok) return ok;
    }
    for (std::size_t i = 0; i < doomed_.size(); ++i)
        if (auto ok = touch_dependent(doomed_[i].first, doomed_[i].second, at); !ok) return ok;
    for (std::size_t i = 0; i < ended_.size(); ++i) {
        auto ended = ended_[i];
        for (auto dependent : dependents(ended))
            if (auto ok = touch_dependent(dependent, ended, at); !ok) return ok;
        if (auto ok = leave_workflow(ended, at); !ok) return ok;
    }
    note_still_open();
    return {};
}

std::vector<std::int64_t> Planner::dependents(std::int64_t key) {
    auto keys = rows_.dependents(key, std::numeric_limits<std::int64_t>::max());
    auto fresh = new_dependents_.find(key);
    if (fresh != new_dependents_.end()) keys.insert(keys.end(), fresh->second.begin(), fresh->second.end());
    return keys;
}

Result<void> Planner::touch_dependent(std::int64_t key, std::int64_t cause, WallTime at) {
    auto waiting = head(key);
    auto ended = head(cause);
    if (!waiting || waiting->state != JobState::pending || !ended) return {};
    if (ended->state == JobState::completed) return release(key, std::move(*waiting), at);
    auto job = planned(key);
    if (!job) return {};
    bool canceled = ended->state == JobState::canceled;
    auto id = ended->id(cause);
    return follow(canceled ? lifecycle::cancel(*job, at, "dependency_cancelled:" + id)
                           : lifecycle::fail(*job, at, "dependency_failed:" + id), at);
}

Result<void> Planner::release(std::int64_t key, JobHead head, WallTime at) {
    if (head.open_dependencies > 0) --head.open_dependencies;
    bool due = !head.scheduled_for || *head.scheduled_for <= at;
    bool ready = (head.open_dependencies == 0 || has_bug(Bug::freed_too_early)) && due && !has_bug(Bug::never_freed);
    if (head.open_dependencies == 0 && !due) plan_.timed.push_back(TimedJob{key, *head.scheduled_for});
    heads_[key] = std::move(head);
    if (!ready) {
        released_.push_back(key);
        return {};
    }
    auto job = planned(key);
    if (!job) return {};
    return follow(lifecycle::promote(*job, at), at);
}

/// A step that the store makes by itself: written, told, and cause of further ones when it ends the job.
Result<void> Planner::follow(Transition transition, WallTime at) {
    const auto& next = transition.next;
    heads_[next.key] = head_of(next);
    if (is_terminal(next.state) && !has_bug(Bug::cascade_is_shallow)) ended_.push_back(next.key);
    write_job(JobWrite{next, transition.from, next.owner});
    for (int times = has_bug(Bug::freeing_told_twice) ? 2 : 1; tell_ && times > 0; --times)
        if (auto ok = effects(tell_(transition), at); !ok) return ok;
    plan_.cascaded.push_back(std::move(transition));
    return {};
}

/// The whole job as planned so far; nothing when its row cannot be read.
std::optional<Job> Planner::planned(std::int64_t key) {
    auto fresh = new_by_key_.find(key);
    auto job = fresh == new_by_key_.end() ? rows_.whole(key) : plan_.inserted[fresh->second].job;
    if (!job) return {};
    if (auto write = last_write_.find(key); write != last_write_.end()) overwrite(*job, plan_.updates[write->second].next);
    if (auto known = heads_.find(key); known != heads_.end()) job->open_dependencies = known->second.open_dependencies;
    return job;
}

/// Those that still wait: the rest have been written whole.
void Planner::note_still_open() {
    std::unordered_set<std::int64_t> noted;
    for (auto key : released_) {
        const auto& known = heads_.find(key)->second;
        if (known.state == JobState::pending && noted.insert(key).second)
            plan_.still_open.push_back(OpenDependencies{key, known.open_dependencies});
    }
}

}  // namespace lanekeeper
