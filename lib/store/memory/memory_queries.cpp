#include "store/event_filter.hpp"
#include "store/memory/memory_state.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

OpenJob summary(const Job& job) {
    return OpenJob{job.key, job.owner, job.type, job.state, job.priority, job.created_at, job.next_attempt_at};
}

}  // namespace

std::optional<Job> MemoryState::job(std::int64_t key) const {
    auto found = jobs_.find(key);
    if (found == jobs_.end()) return {};
    return found->second;
}

JobPage MemoryState::jobs(const JobQuery& query) const {
    auto owner = query.owner.value_or("");
    std::vector<std::int64_t> keys;
    for (auto state = JobState::pending; state <= JobState::expired; state = JobState(int(state) + 1)) {
        if (query.state && *query.state != state) continue;
        auto at = by_owner_.lower_bound({owner, state, query.after + 1});
        std::size_t taken = 0;
        for (; at != by_owner_.end() && taken <= query.limit && std::get<0>(*at) == owner && std::get<1>(*at) == state; ++at, ++taken)
            keys.push_back(std::get<2>(*at));
    }
    std::ranges::sort(keys);
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
