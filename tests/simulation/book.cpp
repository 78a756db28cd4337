#include "simulation/book.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper::simulation {

bool is_start(const Change& change) {
    return change.before && change.before->state == JobState::queued && change.after.state == JobState::running;
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
    auto& lane = lanes_[owner];
    lane.paused = paused;
    lane.draining = draining;
    lane.flags_since = now;
}

void Book::take(const Change& change, MonoTime now) {
    if (change.before) count(*change.before, -1);
    count(change.after, +1);
    auto& entry = jobs_[change.after.key];
    if (!change.before) entry.number = int(jobs_.size());
    if (!change.before || change.before->state != change.after.state) entry.state_since = now;
    if (change.before) note_budget(entry, change);
    if (is_start(change)) {
        auto& lane = lanes_[change.after.owner];
        lane.burst = change.after.job_class() == JobClass::interactive ? lane.burst + 1 : 0;
    }
    entry.job = change.after;
}

void Book::note_budget(Entry& entry, const Change& change) {
    const Job& before = *change.before;
    const Job& after = change.after;
    if (is_terminal(before.state)) entry.starts = entry.returned = 0;  // a person's retry
    else if (is_start(change)) ++entry.starts;
    else if (after.attempts == before.attempts - 1) ++entry.returned;
}

void Book::count(const Job& job, int by) {
    auto& lane = lanes_[job.owner];
    if (is_open(job.state)) open_ += std::size_t(by);
    if (job.state == JobState::running) running_[std::size_t(job.job_class())] += by;
    auto keep = [&](std::set<std::int64_t>& set) {
        if (by > 0) set.insert(job.key);
        else set.erase(job.key);
    };
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

std::string Book::name(std::int64_t key) const {
    const auto* entry = find(key);
    return entry ? fmt::format("#{}", entry->number) : std::string("#new");
}

std::int64_t Book::open_of(const std::string& owner) const {
    auto lane = lanes_.find(owner);
    return lane == lanes_.end() ? 0 : std::int64_t(lane->second.queued.size() + lane->second.running.size());
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
