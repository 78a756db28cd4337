#include "store/event_filter.hpp"
#include "store/memory/memory_state.hpp"

#include <algorithm>
#include <functional>

namespace lanekeeper {
namespace {

OpenJob summary(const Job& job) {
    return OpenJob{job.key,        job.owner,           job.type,          job.state,           job.priority,
                   job.created_at, job.next_attempt_at, job.scheduled_for, job.open_dependencies,
                   job.executor,   job.expires_at};
}

bool matches(const JobQuery& query, const Job& job) {
    if (!query.any_owner && job.owner != query.owner.value_or("")) return false;
    if (query.type && job.type != *query.type) return false;
    return !query.workflow_id || job.workflow_id == query.workflow_id;
}

}  // namespace

std::optional<Job> MemoryState::job(std::int64_t key) const {
    auto found = jobs_.find(key);
    if (found == jobs_.end()) return {};
    return found->second;
}

JobPage MemoryState::jobs(const JobQuery& query) const {
    std::vector<std::int64_t> keys;
    for (auto state : all_job_states())
        if (query.wants(state)) walk(query, state, keys);
    if (query.newest_first) std::ranges::sort(keys, std::greater());
    else std::ranges::sort(keys);
    JobPage page;
    for (auto key : keys) {
        if (page.jobs.size() == query.limit) {
            page.next = page.jobs.empty() ? query.after : page.jobs.back().key;
            break;
        }
        page.jobs.push_back(jobs_.at(key));
    }
    return page;
}

/// Adds what a page may need of the jobs in one state, along the narrowest index.
void MemoryState::walk(const JobQuery& query, JobState state, std::vector<std::int64_t>& keys) const {
    auto [index, group] = narrowest(query);
    auto take = [&, left = query.limit + 1](std::int64_t key) mutable {
        if (!matches(query, jobs_.at(key))) return true;
        keys.push_back(key);
        return --left > 0;
    };
    auto first = index->lower_bound({group, state, query.newest_first ? 0 : query.after + 1});
    auto last = query.newest_first && query.after > 0 ? index->lower_bound({group, state, query.after})
                                                      : index->upper_bound({group, state, INT64_MAX});
    if (query.newest_first) {
        while (first != last && take(std::get<2>(*--last))) {}
    } else {
        while (first != last && take(std::get<2>(*first))) ++first;
    }
}

std::pair<const MemoryState::Grouped*, std::string> MemoryState::narrowest(const JobQuery& query) const {
    if (query.workflow_id) return {&by_workflow_, *query.workflow_id};
    if (query.type) return {&by_type_, *query.type};
    if (!query.any_owner) return {&by_owner_, query.owner.value_or("")};
    return {&by_state_, ""};
}

std::vector<OpenJob> MemoryState::open_jobs(std::int64_t after, std::size_t limit) const {
    std::vector<OpenJob> result;
    for (auto at = open_.upper_bound(after); at != open_.end() && result.size() < limit; ++at)
        result.push_back(summary(jobs_.at(*at)));
    return result;
}

std::vector<std::int64_t> MemoryState::open_jobs_of_session(const std::string& session_id) const {
    std::vector<std::int64_t> keys;
    auto at = open_by_session_.lower_bound({session_id, 0});
    for (; at != open_by_session_.end() && at->first == session_id; ++at) keys.push_back(at->second);
    return keys;
}

std::optional<Record> MemoryState::record(const RecordName& name) const {
    auto found = by_name_.find(name);
    if (found == by_name_.end()) return {};
    return records_.at(found->second).record;
}

std::vector<Record> MemoryState::records(const std::string& kind, const std::string& scope, std::int64_t after, std::size_t limit) const {
    std::vector<Record> result;
    auto at = by_scope_.lower_bound({kind, scope, after + 1});
    for (; at != by_scope_.end() && result.size() < limit && std::get<0>(*at) == kind && std::get<1>(*at) == scope; ++at)
        result.push_back(records_.at(std::get<2>(*at)).record);
    return result;
}

std::vector<Record> MemoryState::records_of_kind(const std::string& kind, std::int64_t after, std::size_t limit) const {
    std::vector<Record> result;
    auto at = by_kind_.lower_bound({kind, after + 1});
    for (; at != by_kind_.end() && result.size() < limit && at->first == kind; ++at)
        result.push_back(records_.at(at->second).record);
    return result;
}

EventPage MemoryState::events(std::int64_t after, std::int64_t up_to, EventFilter filter, std::size_t limit) const {
    up_to = std::min(up_to, last_seq_);
    EventPageBuilder page(std::move(filter), after, limit);
    auto later = [](std::int64_t seq, const Event& event) { return seq < event.seq; };
    auto at = std::upper_bound(events_.begin(), events_.end(), after, later);
    for (; at != events_.end() && at->seq <= up_to && !page.full(); ++at) page.look_at(*at);
    return std::move(page).finish(up_to);
}

}  // namespace lanekeeper
