#include "queue/deadline_watch.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr Millis longest_look{60'000};   // a wall clock that jumps
constexpr Millis try_again{50};          // a start or an end that is under way
constexpr std::size_t at_once = 100;

}  // namespace

DeadlineWatch::DeadlineWatch(QueueCore& core, asio::any_io_executor executor, Expire expire)
    : core_(core), strand_(asio::make_strand(executor)), nursery_(strand_, "deadlines"), expiring_(strand_, "due"),
      alarm_(core.time.alarm(strand_)), expire_(std::move(expire)) {}

void DeadlineWatch::start() {
    core_.deadlines.changed = [weak = weak_from_this(), strand = strand_] {
        asio::post(strand, [weak] {
            if (auto self = weak.lock()) self->alarm_->wake();
        });
    };
    asio::post(strand_, [self = shared_from_this()] {
        if (self->stopped_) return;
        auto watching = self->watch();
        self->nursery_.start("deadlines", std::move(watching));
    });
}

Task<void> DeadlineWatch::stop() {
    auto work = stop_here();
    auto hopping = on_strand(strand_, std::move(work));
    co_await std::move(hopping);
}

Task<void> DeadlineWatch::stop_here() {
    stopped_ = true;
    alarm_->wake();
    auto waiting = nursery_.wait_empty();
    co_await std::move(waiting);
}

Task<void> DeadlineWatch::watch() {
    while (!stopped_) {
        auto expiring = expire_due();
        bool all = co_await std::move(expiring);
        if (stopped_) co_return;
        auto first = core_.deadlines.first();
        auto next = MonoTime::max();
        if (first) next = core_.time.mono() + std::clamp(*first - core_.time.wall(), Millis{0}, longest_look);
        if (!all) next = core_.time.mono() + try_again;
        auto waiting = alarm_->wait_until(next);
        co_await std::move(waiting);
    }
}

/// False: some are to be tried again. They go together: the store writes in one go what comes so.
Task<bool> DeadlineWatch::expire_due() {
    auto due = core_.deadlines.due(core_.time.wall(), at_once);
    done_ = 0;
    for (const auto& [at, key] : due) {
        auto expiring = expire_and_forget(key, at);
        expiring_.start("deadline", std::move(expiring));
    }
    auto waiting = expiring_.wait_empty();
    co_await std::move(waiting);
    co_return done_ == due.size();
}

Task<void> DeadlineWatch::expire_and_forget(std::int64_t key, WallTime at) {
    auto expiring = expire_one(key);
    bool done = co_await std::move(expiring);
    if (!done) co_return;
    core_.deadlines.forget(key, at);
    ++done_;
}

Task<bool> DeadlineWatch::expire_one(std::int64_t key) {
    bool done = false, stored = true;
    try {
        auto expiring = expire_(key);
        done = co_await std::move(expiring);
    } catch (const StorageUnavailable& error) {
        stored = false;
        log_warn("job not expired yet", {{"jobId", job_id(key)}, {"error", error.what()}});
    }
    if (!stored) {
        auto pausing = pause_for(core_.time, limits::storage_probe);
        co_await std::move(pausing);
    }
    co_return done;
}

}  // namespace lanekeeper
