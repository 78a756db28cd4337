// The start of the queue: recovery, then everybody learns what waits, and only then is anything admitted.
#include "base/limits.hpp"
#include "queue/lane.hpp"
#include "queue/local_queue.hpp"
#include "queue/recovery.hpp"
#include "runtime/wait_available.hpp"

namespace lanekeeper {

Task<void> LocalQueue::start() { return start_by(core_.time.mono() + runtime_patience); }

Task<void> LocalQueue::start_by(MonoTime runtime_deadline) {
    core_.keys.start_after(core_.ledger.reader().highest_job_key());
    if (!core_.settings.enabled) co_return;
    auto recovering = recover_running(core_, runtime_deadline);
    co_await std::move(recovering);
    auto loading = load_lanes();
    co_await std::move(loading);
    if (core_.stopping) co_return;  // stopped before it had started
    scheduler_.start_granting();
    pool_->open();
    deadlines_->start();
    remote_->open();
    accepting_ = true;
    if (core_.untold.keys().empty()) co_return;
    asio::post(untold_strand_, [this] {
        auto settling = settle_untold();
        untold_.start("untold jobs", std::move(settling));
    });
}

// Waiting sets hold only ids and keys, so a long backlog opens quickly.
Task<void> LocalQueue::load_lanes() {
    auto& store = core_.ledger.reader();
    auto reading_flags = store.records("lane", "", 0, limits::page_max * 100);
    auto flags = co_await std::move(reading_flags);
    for (const auto& flag : flags) {
        bool paused = flag.body.at("paused").as_bool();
        if (flag.key == "pool") {
            pool_->flags_at_start(paused, flag.body.at("draining").as_bool());
            remember_paused(flag.key, paused);
            continue;
        }
        scheduler_.lane_at_start(flag.key).flags_at_start(paused, flag.body.at("draining").as_bool());
        remember_paused(flag.key, paused);
    }
    std::set<std::string> owners;
    for (std::int64_t after = 0;;) {
        auto reading = store.open_jobs(after, 10000);
        auto jobs = co_await std::move(reading);
        if (jobs.empty()) break;
        after = jobs.back().key;
        for (const auto& job : jobs) {
            take_at_start(job);
            core_.deadlines.add(job.key, job.expires_at);
            bool away = job.state == JobState::running && core_.registry.is_remote(job.executor);
            if (!job.owner.empty() && (away || job.state == JobState::queued)) owners.insert(job.owner);
            if (!away) continue;
            auto adopting = adopt_at_start(job.key);
            co_await std::move(adopting);
        }
    }
    for (const auto& flag : flags)
        if (flag.key != "pool") owners.insert(flag.key);
    for (const auto& owner : owners) scheduler_.lane_at_start(owner).report_at_start();
}

void LocalQueue::take_at_start(const OpenJob& job) {
    bool queued = job.state == JobState::queued, of_lane = !job.owner.empty();
    if (queued && of_lane) scheduler_.lane_at_start(job.owner).add_at_start(job);
    else if (queued && core_.registry.is_remote(job.executor)) remote_->add_at_start(job);
    else pool_->add_at_start(job);
}

// One that runs in the hand of a worker outside, which may live.
Task<void> LocalQueue::adopt_at_start(std::int64_t key) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job) co_return;
    if (!job->in_pool()) scheduler_.lane_at_start(job->owner).away_at_start(key);
    remote_->adopt_at_start(std::move(*job));
}

}  // namespace lanekeeper
