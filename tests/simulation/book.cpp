#include "simulation/book.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper::simulation {

bool is_start(const Change& change) {
    return change.before && change.before->state == JobState::queued && change.after.state == JobState::running;
}

bool is_parent(const Job& job) { return job.type == "workflow" && job.executor.empty(); }

bool is_reopened(const Change& change) {
    return change.before && is_terminal(change.before->state) && is_open(change.after.state);
}

bool is_ended(const Change& change) {
    return is_terminal(change.after.state) && (!change.before || is_open(change.before->state));
}

void Book::take(const Commit& commit) {
    for (const auto& change : commit.changes) take(change, commit.now);
    for (const auto& put : commit.puts) {
        if (put.kind == "lane") set_flags(put.key, put.body.at("paused").as_bool(), put.body.at("draining").as_bool(), commit.now);
        if (put.kind == "outcome") ++jobs_.at(put.body.at("job").as_int64()).outcomes;
    }
    for (const auto& gone : commit.deletes)
        if (gone.kind == "lane" && gone.key) set_flags(*gone.key, false, false, commit.now);
}

void Book::set_flags(const std::string& owner, bool paused, bool draining, MonoTime now) {
    auto& lane = lane_of(owner == "pool" ? "" : owner);
    lane.paused = paused;
    lane.draining = draining;
    lane.flags_since = now;
}

void Book::take(const Change& change, MonoTime now) {
    if (change.before) count(*change.before, -1);
    count(change.after, +1);
    auto& entry = jobs_[change.after.key];
    if (!change.before) {
        entry.number = int(jobs_.size());
        if (change.after.client_id) by_client_id_.emplace(*change.after.client_id, change.after.key);
        for (const auto& dependency : change.after.dependencies) dependents_[dependency.key].push_back(change.after.key);
    }
    if (!change.before || change.before->state != change.after.state) entry.state_since = now;
    if (change.before) note_budget(entry, change);
    if (is_start(change)) {
        auto& lane = lane_of(change.after);
        lane.burst = change.after.job_class() == JobClass::interactive ? lane.burst + 1 : 0;
    }
    entry.job = change.after;
}

void Book::note_budget(Entry& entry, const Change& change) {
    const Job& before = *change.before;
    const Job& after = change.after;
    if (is_terminal(before.state)) entry.starts = entry.returned = entry.promotions = 0;  // a person's retry
    else if (before.state == JobState::pending && after.state == JobState::queued) ++entry.promotions;
    else if (is_start(change)) ++entry.starts;
    else if (after.attempts == before.attempts - 1) ++entry.returned;
}

void Book::count(const Job& job, int by) {
    auto& lane = lane_of(job);
    if (is_open(job.state)) open_ += std::size_t(by);
    if (job.state == JobState::running && !job.in_pool()) running_[std::size_t(job.job_class())] += by;
    auto keep = [&](std::set<std::int64_t>& set) {
        if (by > 0) set.insert(job.key);
        else set.erase(job.key);
    };
    if (job.state == JobState::pending) keep(lane.pending);
    if (job.state == JobState::queued) keep(lane.queued);
    if (job.state == JobState::running) keep(lane.running);
}

void Book::new_life() {
    for (auto& [owner, lane] : lanes_) lane.burst = 0;
}

const Entry* Book::find(std::int64_t key) const {
    auto found = jobs_.find(key);
    return found == jobs_.end() ? nullptr : &found->second;
}

const LaneBook& Book::lane_of(const std::string& owner) const {
    static const LaneBook none;
    if (owner.empty()) return pool_;
    auto found = lanes_.find(owner);
    return found == lanes_.end() ? none : found->second;
}

std::optional<std::int64_t> Book::key_of(const std::string& client_id) const {
    auto found = by_client_id_.find(client_id);
    if (found == by_client_id_.end()) return {};
    return found->second;
}

std::string Book::name(std::int64_t key) const {
    const auto* entry = find(key);
    return entry ? fmt::format("#{}", entry->number) : std::string("#new");
}

const std::vector<std::int64_t>& Book::dependents(std::int64_t key) const {
    static const std::vector<std::int64_t> none;
    auto found = dependents_.find(key);
    return found == dependents_.end() ? none : found->second;
}

bool Book::is_free(const Job& job) const {
    auto completed = [this](const Dependency& dependency) {
        const auto* entry = find(dependency.key);
        return entry && entry->job.state == JobState::completed;
    };
    return std::ranges::all_of(job.dependencies, completed);
}

MonoTime Book::ready_at(const Entry& entry, MonoTime now, WallTime wall) const {
    auto since = entry.state_since;
    if (entry.job.next_attempt_at) since = std::max(since, now + (*entry.job.next_attempt_at - wall));
    return since;
}

std::vector<const Entry*> Book::ready(const LaneBook& lane, MonoTime now, WallTime wall) const {
    std::vector<const Entry*> found;
    for (auto key : lane.queued) {
        const auto& entry = jobs_.at(key);
        if (ready_at(entry, now, wall) <= now) found.push_back(&entry);
    }
    auto before = [](const Entry* a, const Entry* b) {
        return std::pair(a->job.priority, a->job.key) < std::pair(b->job.priority, b->job.key);
    };
    std::sort(found.begin(), found.end(), before);
    return found;
}

}  // namespace lanekeeper::simulation
