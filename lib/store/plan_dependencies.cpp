// What an inserted job waits for.
#include "base/ids.hpp"
#include "base/test_bugs.hpp"
#include "store/planner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace lanekeeper {

/// The key behind a public id: of this mutation's inserts first, whose jobs may be stood for by others.
std::optional<std::int64_t> Planner::resolve(const std::string& id) {
    if (auto fresh = new_client_ids_.find(id); fresh != new_client_ids_.end()) return fresh->second;
    if (auto key = job_key(id)) {
        auto other = stand_ins_.find(*key);
        if (other != stand_ins_.end()) return other->second;
        if (head(*key)) return key;
    }
    return rows_.key_of_client_id(id);
}

Result<std::vector<Dependency>> Planner::resolve_all(const std::vector<std::string>& ids, std::size_t index) {
    std::vector<Dependency> found;
    json::array unknown;
    std::unordered_set<std::int64_t> seen;
    std::unordered_set<std::string_view> named;
    for (const auto& id : ids) {
        if (!named.insert(id).second) continue;
        auto key = resolve(id);
        if (!key) unknown.emplace_back(id);
        else if (seen.insert(*key).second) found.push_back(Dependency{*key, public_id(*key)});
    }
    if (unknown.empty()) return found;
    auto message = fmt::format("no such job: {}", std::string_view(unknown.front().as_string()));
    return of_insert(Problem("unknown_dependency", std::move(message), {{"ids", std::move(unknown)}}), index);
}

Problem Planner::of_insert(Problem problem, std::size_t index) const {
    if (insert_count_ > 1) problem.details["index"] = index;
    return problem;
}

/// All inserts of the mutation have their place: what this one waits for can be said, and so its state.
Result<void> Planner::settle(JobInsert& insert, std::size_t index, WallTime at) {
    auto& job = plan_.inserted[index].job;
    if (!insert.depends_on.empty()) {
        auto dependencies = resolve_all(insert.depends_on, index);
        if (!dependencies) return dependencies.error();
        job.dependencies = std::move(*dependencies);
        job.open_dependencies = count_open_dependencies(job);
    }
    bool waits = job.open_dependencies > 0 || (job.scheduled_for && *job.scheduled_for > at);
    if (waits && job.state == JobState::queued) job.state = JobState::pending;
    heads_[job.key] = head_of(job);
    for (const auto& dependency : job.dependencies) new_dependents_[dependency.key].push_back(job.key);
    if (auto ok = effects(std::move(insert.effects), at); !ok) return ok;
    return insert.tell ? effects(insert.tell(job), at) : Result<void>();
}

/// Also notes the first of them that had ended badly: it ends the job in the cascade.
int Planner::count_open_dependencies(const Job& job) {
    int open = 0;
    std::optional<std::int64_t> cause;
    for (const auto& dependency : job.dependencies) {
        auto known = head(dependency.key);
        if (!known || known->state == JobState::completed) continue;
        ++open;
        if (!cause && is_terminal(known->state)) cause = dependency.key;
    }
    if (cause && !has_bug(Bug::bad_dependency_ignored)) doomed_.emplace_back(job.key, *cause);
    return open;
}

}  // namespace lanekeeper
