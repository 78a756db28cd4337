#include "store/memory/memory_state.hpp"

#include "job/aggregate.hpp"

#include <algorithm>
#include <iterator>

namespace lanekeeper {

Result<Committed> MemoryState::apply(Mutation mutation, Undo* undo) {
    auto plan = plan_mutation(*this, std::move(mutation));
    if (!plan) return plan.error();
    return write(std::move(*plan), undo);
}

Committed MemoryState::write(Plan plan, Undo* undo) {
    undo_ = undo;
    for (auto& payload : plan.payloads) {
        touch_job(payload.key);
        jobs_.at(payload.key).payload = std::move(payload.payload);
    }
    for (auto index : plan.new_jobs) {
        const auto& job = plan.inserted[index].job;
        set_job(job.key, job);
        count(arrival(job));
        highest_key_ = std::max(highest_key_, job.key);
    }
    for (auto& update : plan.updates) {
        auto job = jobs_.at(update.next.key);
        overwrite(job, update.next);
        count(change(update.owner, update.from, job));
        set_job(job.key, std::move(job));
    }
    for (const auto& [key, count] : plan.still_open) {
        touch_job(key);
        jobs_.at(key).open_dependencies = count;
    }
    for (auto& record : plan.records) write_change(std::move(record));
    number_events(plan.events, last_seq_);
    std::copy(plan.events.begin(), plan.events.end(), std::back_inserter(events_));
    if (undo_) undo_->added_events += plan.events.size();
    undo_ = nullptr;
    return Committed{std::move(plan.inserted), std::move(plan.events), std::move(plan.cascaded), std::move(plan.timed)};
}

bool MemoryState::retain(const RetentionRules& rules, WallTime now, Undo* undo) {
    undo_ = undo;
    counters_.forget_hours(now);
    bool more = retention_.step(*this, rules, now);
    undo_ = nullptr;
    return more;
}

void MemoryState::drop_old_events(std::int64_t keep, Undo& undo) {
    undo_ = &undo;
    remove_events(WallTime::min(), keep, events_.size());
    undo_ = nullptr;
}

MemoryState::Undo MemoryState::start_undo() const {
    Undo undo;
    undo.last_seq = last_seq_;
    undo.last_order = last_order_;
    undo.highest_key = highest_key_;
    return undo;
}

void MemoryState::take_back(Undo undo) {
    for (auto job = undo.jobs.rbegin(); job != undo.jobs.rend(); ++job) set_job(job->first, std::move(job->second));
    for (auto at = undo.records.rbegin(); at != undo.records.rend(); ++at) {
        std::optional<Kept> kept;
        if (at->second) kept = Kept{std::move(at->second->first), at->second->second};
        set_record(at->first, std::move(kept));
    }
    for (auto change = undo.changes.rbegin(); change != undo.changes.rend(); ++change) counters_.undo(*change);
    // In the opposite order of what happened: first back come those that went, new ones among them perhaps.
    events_.insert(events_.begin(), undo.dropped_events.begin(), undo.dropped_events.end());
    events_.erase(events_.end() - std::ptrdiff_t(undo.added_events), events_.end());
    last_seq_ = undo.last_seq;
    last_order_ = undo.last_order;
    highest_key_ = undo.highest_key;
}

void MemoryState::count(JobChange change) {
    counters_.apply(change);
    if (change.to && is_terminal(*change.to)) retention_.job_ended(change.owner);
    if (undo_) undo_->changes.push_back(std::move(change));
}

void MemoryState::touch_job(std::int64_t key) {
    if (!undo_) return;
    auto found = jobs_.find(key);
    undo_->jobs.emplace_back(key, found == jobs_.end() ? std::optional<Job>() : found->second);
}

void MemoryState::set_job(std::int64_t key, std::optional<Job> job) {
    touch_job(key);
    auto old = jobs_.find(key);
    if (old != jobs_.end()) index(old->second, false);
    if (job) index(*job, true);
    if (job) jobs_.insert_or_assign(key, std::move(*job));
    else jobs_.erase(key);
}

void MemoryState::index(const Job& job, bool present) {
    keep(by_owner_, std::tuple(job.owner, job.state, job.key), present);
    if (!job.dedupe_match.empty()) keep(by_match_, std::tuple(job.dedupe_match, job.state, job.key), present);
    keep(by_state_, std::tuple(std::string(), job.state, job.key), present);
    keep(by_type_, std::tuple(job.type, job.state, job.key), present);
    if (job.workflow_id) keep(by_workflow_, std::tuple(*job.workflow_id, job.state, job.key), present);
    if (job.client_id) keep(by_client_id_, std::pair(*job.client_id, job.key), present);
    for (const auto& dependency : job.dependencies)
        if (dependency.key != 0) keep(edges_, std::pair(dependency.key, job.key), present);
    if (!lanekeeper::is_open(job.state)) return;
    keep(open_, job.key, present);
    if (job.source_session_id) keep(open_by_session_, std::pair(*job.source_session_id, job.key), present);
}

std::optional<JobHead> MemoryState::head(std::int64_t key) {
    auto found = jobs_.find(key);
    if (found == jobs_.end()) return {};
    const auto& job = found->second;
    return JobHead{job.owner,         job.state,     job.run,         job.open_dependencies,
                   job.scheduled_for, job.client_id, job.workflow_id, is_aggregate(job)};
}

std::optional<std::int64_t> MemoryState::key_of_client_id(const std::string& client_id) {
    auto found = by_client_id_.lower_bound({client_id, 0});
    if (found == by_client_id_.end() || found->first != client_id) return {};
    return found->second;
}

std::vector<std::int64_t> MemoryState::members(const std::string& workflow_id) {
    std::vector<std::int64_t> keys;
    auto at = by_workflow_.lower_bound({workflow_id, JobState::pending, 0});
    for (; at != by_workflow_.end() && std::get<0>(*at) == workflow_id; ++at) keys.push_back(std::get<2>(*at));
    std::ranges::sort(keys);
    return keys;
}

std::vector<std::int64_t> MemoryState::dependents(std::int64_t key, std::size_t limit) {
    std::vector<std::int64_t> result;
    for (auto at = edges_.lower_bound({key, 0}); at != edges_.end() && at->first == key && result.size() < limit; ++at)
        result.push_back(at->second);
    return result;
}

std::optional<Job> MemoryState::duplicate(const std::string& match, JobState first, JobState last) {
    auto found = by_match_.lower_bound({match, first, 0});
    if (found == by_match_.end() || std::get<0>(*found) != match || std::get<1>(*found) > last) return {};
    return jobs_.at(std::get<2>(*found));
}

std::optional<json::object> MemoryState::record_body(const RecordName& name) {
    auto found = by_name_.find(name);
    if (found == by_name_.end()) return {};
    return records_.at(found->second).record.body;
}

void MemoryState::load_job(Job job) {
    auto coming = arrival(job);
    coming.ended_ms = 0;  // hours are loaded beside
    counters_.apply(coming);
    if (is_terminal(job.state)) retention_.job_ended(job.owner);
    highest_key_ = std::max(highest_key_, job.key);
    auto key = job.key;
    set_job(key, std::move(job));
}

void MemoryState::load_record(Record record, std::optional<WallTime> expires_at) {
    last_order_ = std::max(last_order_, record.order);
    auto order = record.order;
    set_record(order, Kept{std::move(record), expires_at});
}

void MemoryState::load_event(Event event) {
    last_seq_ = std::max(last_seq_, event.seq);
    events_.push_back(std::move(event));
}

void MemoryState::load_marks(std::int64_t last_seq, std::int64_t last_order, std::int64_t highest_key) {
    last_seq_ = std::max(last_seq_, last_seq);
    last_order_ = std::max(last_order_, last_order);
    highest_key_ = std::max(highest_key_, highest_key);
}

}  // namespace lanekeeper
