// Shutdown of the queue: bounded by drain + settle, whatever the runners do (queue.md 7).
#include "base/log.hpp"
#include "queue/lane.hpp"
#include "queue/local_queue.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lanekeeper {
namespace {

// For a coroutine to end that was told so for the last time; longer only keeps the stop waiting.
constexpr Millis dismissal{200};

}  // namespace

Task<void> LocalQueue::stop(StopOptions options) {
    if (stops_.fetch_add(1) > 0) {
        pool_->hurry();
        scheduler_.hurry();  // the stop that runs already skips to its forcing step
        co_return;
    }
    bool ran = accepting_.exchange(false);
    core_.stopping = true;
    core_.waiters.all();  // clients get the job as it is, while there is somebody to tell them
    if (!ran) co_return;
    scheduler_.stop_granting();
    pool_->shut();
    auto leaving = deadlines_->stop();
    co_await std::move(leaving);
    remote_->shut();
    auto ending = end_untold();
    auto ending_there = on_strand(untold_strand_, std::move(ending));
    co_await std::move(ending_there);
    auto stopping = stop_running(options);
    co_await std::move(stopping);
    auto dismissing = dismiss_all();
    co_await std::move(dismissing);
    auto closing = scheduler_.close();
    co_await std::move(closing);
}

/// False: something still runs.
Task<bool> LocalQueue::wait_no_running(Millis window, bool may_hurry) {
    auto deadline = core_.time.mono() + window;
    auto in_lanes = may_hurry ? scheduler_.wait_no_running(deadline) : scheduler_.wait_forced(deadline);
    bool lanes_done = co_await std::move(in_lanes);
    auto in_pool = pool_->wait_no_running(deadline, may_hurry);
    bool pool_done = co_await std::move(in_pool);
    co_return lanes_done && pool_done;
}

Task<void> LocalQueue::stop_running(StopOptions options) {
    auto draining = wait_no_running(options.drain, true);
    auto drained = co_await std::move(draining);
    if (drained) co_return;
    auto listing = scheduler_.all_lanes();
    auto lanes = co_await std::move(listing);
    for (const auto& lane : lanes) lane->ask_running_to_end();
    pool_->ask_running_to_end();
    auto settling = wait_no_running(options.settle, true);
    auto settled = co_await std::move(settling);
    if (settled) co_return;
    auto naming = pool_->running_jobs();
    auto jobs = co_await std::move(naming);
    for (const auto& lane : lanes) {
        auto asking = lane->running_job();
        auto job = co_await std::move(asking);
        if (job) jobs.push_back(std::move(*job));
    }
    log_warn("forced shutdown: running jobs are given up", {{"jobs", fmt::format("{}", fmt::join(jobs, " "))}});
    for (const auto& lane : lanes) lane->force_running();
    pool_->force_running();
    // Their ends only have to be written now; a disk that does not answer has a bound of its own.
    auto forcing = wait_no_running(options.settle, false);
    co_await std::move(forcing);
}

// The last word to runners that outlived their attempts; those that ignore it are named.
Task<void> LocalQueue::dismiss_all() {
    auto listing = scheduler_.all_lanes();
    auto lanes = co_await std::move(listing);
    for (const auto& lane : lanes) lane->dismiss_runners();
    pool_->dismiss_runners();
    auto deadline = core_.time.mono() + dismissal;
    auto waiting_pool = pool_->wait_runners(deadline);
    left_over_ = co_await std::move(waiting_pool);
    auto closing_remote = remote_->close(deadline);
    auto remote_left = co_await std::move(closing_remote);
    left_over_.insert(left_over_.end(), remote_left.begin(), remote_left.end());
    for (const auto& lane : lanes) {
        auto waiting = lane->wait_runners(deadline);
        auto names = co_await std::move(waiting);
        left_over_.insert(left_over_.end(), names.begin(), names.end());
    }
    if (!left_over_.empty())
        log_error("runners left over", {{"names", fmt::format("{}", fmt::join(left_over_, " "))}});
}

}  // namespace lanekeeper
