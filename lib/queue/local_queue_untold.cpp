// What recovery could not be told in time: settled when the runtime tells, before its lanes go on.
#include "base/log.hpp"
#include "queue/lane.hpp"
#include "queue/local_queue.hpp"
#include "queue/recovery.hpp"
#include "runtime/wait_available.hpp"

namespace lanekeeper {
namespace {

constexpr Millis storage_pause{1000};
constexpr Millis ending_patience{200};  // a call that hangs ends with the runtime, soon after

}  // namespace

Task<void> LocalQueue::settle_untold() {
    auto deadline = core_.time.mono() + late_runtime_patience;
    auto keys = core_.untold.keys();
    log_warn("jobs wait for the runtime to tell how their turns ended", {{"jobs", keys.size()}});
    while (!keys.empty() && !core_.stopping) {
        bool stored = true;
        try {
            auto settling = settle_one_untold(keys.front(), deadline);
            co_await std::move(settling);
        } catch (const StorageUnavailable& error) {
            log_warn("untold job not settled", {{"error", error.what()}});
            stored = false;
        }
        if (!stored) co_await pause_for(core_.time, storage_pause);
        keys = core_.untold.keys();
    }
}

Task<void> LocalQueue::settle_one_untold(std::int64_t key, MonoTime deadline) {
    auto reading = core_.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job) {
        core_.untold.remove(key);
        co_return;
    }
    Job asked = *job;
    auto asking = ask_of_turn(core_, std::move(asked), deadline);
    auto told = co_await std::move(asking);
    if (core_.stopping && !told.settled) co_return;  // the next life asks again
    bool goes_on = false;
    if (!told.settled) {
        auto looking = may_go_on(core_, *job);
        goes_on = co_await std::move(looking);
    }
    if (job->in_pool()) {
        auto settling = pool_->settle_late(key, std::move(told.settled), goes_on);
        co_await std::move(settling);
        co_return;
    }
    auto finding = scheduler_.lane(job->owner);
    auto lane = co_await std::move(finding);
    auto settling = lane->settle_late(key, std::move(told.settled), goes_on);
    co_await std::move(settling);
}

Task<void> LocalQueue::end_untold() {
    constexpr Millis look_again{10};
    auto deadline = core_.time.mono() + ending_patience;
    untold_.cancel_all(asio::cancellation_type::terminal);
    while (untold_.size() > 0 && core_.time.mono() < deadline) {
        auto pausing = pause_for(core_.time, look_again);
        co_await std::move(pausing);
    }
}

}  // namespace lanekeeper
