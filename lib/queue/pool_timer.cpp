// What time does in the pool: frees jobs that waited for theirs, ends the delay of others, sends idle workers home.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/pool.hpp"
#include "queue/transition_commit.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

// A wall clock that jumps is noticed within a minute.
constexpr Millis longest{60'000};
constexpr std::size_t freed_at_once = 200;
// Less is how the two clocks are read, not how they go.
constexpr Millis jitter{2};

// Changes when the wall clock is set, and only then.
Millis wall_lead(const TimeSource& time) {
    auto running = std::chrono::duration_cast<Millis>(time.mono().time_since_epoch());
    return time.wall().time_since_epoch() - running;
}

}  // namespace

std::optional<MonoTime> Pool::next_look() const {
    auto next = has_bug(Bug::pool_retry_lost) ? std::nullopt : waiting_.next_due();
    auto earlier = [&](MonoTime at) { next = next ? std::min(*next, at) : at; };
    if (!timed_.empty()) earlier(core_.time.mono() + std::clamp(timed_.begin()->first - core_.time.wall(), Millis{0}, longest));
    if (busy() > 0) earlier(next_check_);  // who is idle is well
    if (overtaken_) earlier(core_.time.mono() + longest);
    if (int(workers_.size()) <= core_.pool.workers_min) return next;
    for (const auto& [number, worker] : workers_)
        if (!worker->busy) earlier(worker->idle_since + core_.pool.worker_idle);
    return next;
}

// The one timer.
Task<void> Pool::watch() {
    auto lead = wall_lead(core_.time);
    while (open_ && !core_.stopping.load()) {
        bool back = wall_lead(core_.time) < lead - jitter;
        lead = wall_lead(core_.time);
        if (back && overtaken_) {
            auto reading = read_timed();
            co_await std::move(reading);
        }
        auto freeing = free_due();
        co_await std::move(freeing);
        check_health();
        send_idle_home();
        set_to_work();
        auto waiting = timer_->wait_until(next_look().value_or(MonoTime::max()));
        co_await std::move(waiting);
    }
}

void Pool::send_idle_home() {
    auto now = core_.time.mono();
    for (auto at = workers_.end(); at != workers_.begin() && int(workers_.size()) > core_.pool.workers_min;) {
        --at;
        const auto& worker = at->second;
        if (!worker->busy && now - worker->idle_since >= core_.pool.worker_idle) at = workers_.erase(at);
    }
}

// Many at a time: the store writes in one go what comes together.
Task<void> Pool::free_due() {
    while (!timed_.empty() && timed_.begin()->first <= core_.time.wall() && !core_.stopping.load()) {
        auto now = core_.time.wall();
        auto entry = timed_.begin();
        for (std::size_t i = 0; i < freed_at_once && entry != timed_.end() && entry->first <= now; ++i) {
            auto due = *entry;
            entry = timed_.erase(entry);  // first: whoever finds it free while it is read enters it again
            auto freeing = free_timed(due);
            freeing_.start("timed job", std::move(freeing));
        }
        auto waiting = freeing_.wait_empty();
        co_await std::move(waiting);
    }
}

Task<void> Pool::free_timed(std::pair<WallTime, std::int64_t> entry) {
    bool failed = false;
    try {
        auto freeing = free_one(entry.second);
        co_await std::move(freeing);
    } catch (const std::exception& error) {  // a full disk, or a mistake: not to be met in a tight loop
        if (core_.stopping.load()) throw;
        failed = true;
        log_error("job not freed yet", {{"jobId", job_id(entry.second)}, {"error", error.what()}});
    }
    if (!failed) co_return;
    timed_.insert(entry);
    auto pausing = pause_for(core_.time, limits::storage_probe);
    co_await std::move(pausing);
}

// A clock that was set back: jobs whose time had come while they waited for others are before it again, and the last of
// those others does not free them.
Task<void> Pool::read_timed() {
    try {
        for (std::int64_t after = 0; !core_.stopping.load();) {
            auto reading = core_.ledger.reader().open_jobs(after, limits::page_max);
            auto jobs = co_await std::move(reading);
            if (jobs.empty()) break;
            after = jobs.back().key;
            for (const auto& job : jobs)
                if (job.state == JobState::pending && job.scheduled_for) timed_.emplace(*job.scheduled_for, job.key);
        }
    } catch (const StorageUnavailable& error) {
        log_error("timed jobs not read again", {{"error", error.what()}});
    }
}

// One that waits for others too is freed with the last of them.
Task<void> Pool::free_one(std::int64_t key) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job || job->state != JobState::pending) co_return;
    if (job->open_dependencies > 0) {
        overtaken_ = true;
        co_return;
    }
    auto transition = lifecycle::promote(*job, core_.time.wall());
    auto committing = commit_transition(core_, std::move(transition), Effects());
    auto promoted = co_await std::move(committing);
    if (promoted && core_.freed) core_.freed(*promoted);
}

}  // namespace lanekeeper
