#include "base/ids.hpp"
#include "job/graph.hpp"
#include "store/planner.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper {
namespace {

/// `asked`: of `depth`, those that come with this request.
Problem queue_full(std::string_view scope, int limit, std::int64_t depth, std::int64_t asked) {
    json::object details{{"scope", scope}, {"limit", limit}, {"depth", depth}};
    auto of_request = asked > 0 ? fmt::format(", {} of them by this request", asked) : std::string();
    return {"queue_full", fmt::format("the {} queue is full ({} of {}{})", scope, depth, limit, of_request), std::move(details)};
}

}  // namespace

/// In two passes: a job may depend on one that comes after it. `plan_.inserted` has one for each insert.
Result<void> Planner::insert_all(std::vector<JobInsert> inserts, WallTime at) {
    insert_count_ = inserts.size();
    for (std::size_t i = 0; i < inserts.size(); ++i)
        if (auto ok = insert(inserts[i], i); !ok) return ok;
    for (auto i : plan_.new_jobs)
        if (auto ok = settle(inserts[i], i, at); !ok) return ok;
    if (auto ok = check_stand_ins(); !ok) return ok;
    refresh_stand_ins();
    return {};
}

Result<void> Planner::insert(JobInsert& insert, std::size_t index) {
    if (absorb_duplicate(insert)) {
        note_stand_in(insert, plan_.inserted.back().job.key);
        return {};
    }
    auto& job = insert.job;
    if (auto ok = check_ids(job, index); !ok) return ok;
    if (auto room = check_capacity(job.owner, insert.capacity); !room) return room;
    count_open(job.owner);
    if (!job.dedupe_match.empty()) new_by_match_[job.dedupe_match] = index;
    if (job.client_id) new_client_ids_[*job.client_id] = job.key;
    new_by_key_[job.key] = index;
    heads_[job.key] = head_of(job);
    plan_.new_jobs.push_back(index);
    plan_.inserted.push_back(Inserted{Inserted::How::inserted, std::move(job)});
    return {};
}

Result<void> Planner::check_ids(const Job& job, std::size_t index) {
    if ((job.key <= rows_.highest_key() || new_by_key_.contains(job.key)) && head(job.key))
        return Problem("job_exists", fmt::format("job {} exists", job.id()), {{"jobId", job.id()}});
    if (!job.client_id) return {};
    if (!new_client_ids_.contains(*job.client_id) && !rows_.key_of_client_id(*job.client_id)) return {};
    auto message = fmt::format("job {} exists", *job.client_id);
    return of_insert(Problem("duplicate_job_id", std::move(message), {{"jobId", *job.client_id}}), index);
}

/// What depends on a job that turned out to be a duplicate depends on the one that stands for it.
void Planner::note_stand_in(const JobInsert& insert, std::int64_t key) {
    stand_ins_[insert.job.key] = key;
    if (insert.job.client_id) new_client_ids_.try_emplace(*insert.job.client_id, key);
}

/// One that waits for a duplicate of itself, or of another that waits for it, would wait for ever.
Result<void> Planner::check_stand_ins() const {
    auto is_new = [this](const auto& one) { return new_by_key_.contains(one.second); };
    if (std::ranges::none_of(stand_ins_, is_new)) return {};
    WaitGraph graph(plan_.inserted.size());
    for (auto place : plan_.new_jobs)
        for (const auto& dependency : plan_.inserted[place].job.dependencies)
            if (auto fresh = new_by_key_.find(dependency.key); fresh != new_by_key_.end()) graph[place].push_back(fresh->second);
    json::array cycle;
    for (auto place : find_cycle(graph)) cycle.emplace_back(plan_.inserted[place].job.id());
    if (cycle.empty()) return {};
    return Problem("cyclic_dependency", "the jobs wait for each other, since one is a duplicate of another", {{"cycle", std::move(cycle)}});
}

/// Those that are stood for by a job of this mutation show it with the state that was decided since.
void Planner::refresh_stand_ins() {
    if (plan_.new_jobs.size() == plan_.inserted.size()) return;
    for (auto& one : plan_.inserted) {
        auto fresh = new_by_key_.find(one.job.key);
        if (one.how != Inserted::How::inserted && fresh != new_by_key_.end()) one.job = plan_.inserted[fresh->second].job;
    }
}

/// queue.md 4: true when another job stands for this one.
bool Planner::absorb_duplicate(JobInsert& insert) {
    const auto& match = insert.job.dedupe_match;
    if (insert.dedupe == DedupeMode::none || match.empty()) return false;
    if (insert.dedupe == DedupeMode::merge_duplicate) {
        if (auto waiting = find_duplicate(match, JobState::pending, JobState::queued)) {
            merge_into(std::move(*waiting), insert);
            return true;
        }
        auto running = find_duplicate(match, JobState::running, JobState::running);
        if (running && insert.merge) insert.job.payload = insert.merge(running->payload, insert.job.payload);
        return false;  // the newcomer is the merged successor
    }
    auto same = find_duplicate(match, JobState::pending, JobState::running);
    if (!same && insert.dedupe == DedupeMode::drop_duplicate)
        same = find_duplicate(match, JobState::completed, JobState::completed);
    if (!same) return false;
    plan_.inserted.push_back(Inserted{Inserted::How::duplicate, std::move(*same)});
    return true;
}

void Planner::merge_into(Job job, const JobInsert& insert) {
    job.payload = insert.merge ? insert.merge(job.payload, insert.job.payload) : insert.job.payload;
    auto fresh = new_by_match_.find(job.dedupe_match);
    if (fresh != new_by_match_.end() && plan_.inserted[fresh->second].job.key == job.key)
        plan_.inserted[fresh->second].job.payload = job.payload;
    else
        plan_.payloads.push_back(PayloadWrite{job.key, job.payload});
    plan_.inserted.push_back(Inserted{Inserted::How::merged, std::move(job)});
}

std::optional<Job> Planner::find_duplicate(const std::string& match, JobState first, JobState last) {
    auto fresh = new_by_match_.find(match);
    if (fresh != new_by_match_.end()) {
        const auto& job = plan_.inserted[fresh->second].job;
        if (job.state >= first && job.state <= last) return job;
    }
    auto stored = rows_.duplicate(match, first, last);
    // A payload that this mutation has already merged into it.
    for (const auto& write : plan_.payloads)
        if (stored && write.key == stored->key) stored->payload = write.payload;
    return stored;
}

Result<void> Planner::check_capacity(const std::string& owner, Capacity capacity) const {
    const auto& counters = rows_.counters();
    auto planned = new_by_owner_.find(owner);
    std::int64_t asked = planned == new_by_owner_.end() ? 0 : planned->second;
    auto depth = counters.open_of(owner) + asked;
    auto per_owner = capacity.per_owner;
    if (per_owner > 0 && depth >= per_owner) return queue_full(owner.empty() ? "pool" : "project", per_owner, depth, asked);
    if (owner.empty()) return {};
    auto all = counters.open_in_lanes() + new_in_lanes_;
    if (capacity.global > 0 && all >= capacity.global) return queue_full("global", capacity.global, all, new_in_lanes_);
    return {};
}

void Planner::count_open(const std::string& owner) {
    ++new_by_owner_[owner];
    if (!owner.empty()) ++new_in_lanes_;
}

}  // namespace lanekeeper
