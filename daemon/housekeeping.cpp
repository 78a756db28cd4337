#include "daemon/housekeeping.hpp"

#include "base/limits.hpp"
#include "base/log.hpp"

namespace lanekeeper {
namespace {

constexpr Millis retention_period{10000};
constexpr Millis between_batches{20};
constexpr Millis figures_period{2000};
constexpr Millis start_patience{60'000};

RetentionRules rules_of(const Settings& settings) {
    RetentionRules rules;
    rules.terminal_per_owner = settings.queue.retention_per_project;
    rules.pool_age = settings.pool.retention;
    rules.pool_count = std::int64_t(settings.pool.retention_count);
    rules.event_age = settings.store.event_retention;
    rules.event_count = std::int64_t(settings.store.event_retention_count);
    rules.grace = limits::kept_after_end;
    return rules;
}

}  // namespace

Task<void> ask_for_time(const ServiceManager& service, TimeSource& time) {
    while (true) {
        service.extend(start_patience);
        auto pausing = pause_for(time, start_patience / 3);
        co_await std::move(pausing);
    }
}

Housekeeping::Housekeeping(asio::any_io_executor executor, const Settings& settings, TimeSource& time, Store& store,
                           LocalQueue& queue, Metrics& metrics, const ServiceManager& service)
    : settings_(settings), time_(time), store_(store), queue_(queue), metrics_(metrics), service_(service),
      nursery_(executor, "housekeeping") {}

void Housekeeping::start() {
    auto retaining = retain_now_and_then();
    nursery_.start("retention", std::move(retaining));
    auto measuring = measure_lag();
    nursery_.start("loop lag", std::move(measuring));
    auto gathering = gather_figures();
    nursery_.start("figures", std::move(gathering));
    if (auto period = service_.watchdog_period()) {
        auto showing = show_life(*period);
        nursery_.start("watchdog", std::move(showing));
    }
}

Task<void> Housekeeping::stop() {
    nursery_.cancel_all(asio::cancellation_type::terminal);
    auto waiting = nursery_.wait_empty();
    co_await std::move(waiting);
}

// Removal goes in small steps with room between them, so that nobody waits for it.
Task<void> Housekeeping::retain_now_and_then() {
    auto rules = rules_of(settings_);
    while (true) {
        bool more = false;
        try {
            auto retaining = store_.retain(rules, time_.wall());
            more = co_await std::move(retaining);
        } catch (const StorageUnavailable& error) {
            log_debug("retention put off", {{"error", error.what()}});
        }
        auto pausing = pause_for(time_, more ? between_batches : retention_period);
        co_await std::move(pausing);
    }
}

Task<void> Housekeeping::measure_lag() {
    while (true) {
        auto due = time_.mono() + limits::loop_lag_period;
        auto sleeping = sleep_until(time_, due);
        co_await std::move(sleeping);
        metrics_.loop_lag(std::chrono::duration<double>(time_.mono() - due).count());
    }
}

// What the store and the lanes can only be asked for now and then.
Task<void> Housekeeping::gather_figures() {
    while (true) {
        if (settings_.metrics.per_project) {
            auto asking = queue_.deepest_lanes(limits::metric_lanes);
            auto deepest = co_await std::move(asking);
            std::lock_guard lock(deepest_mutex_);
            deepest_ = std::move(deepest);
        }
        auto pausing = pause_for(time_, figures_period);
        co_await std::move(pausing);
    }
}

std::vector<LaneView> Housekeeping::deepest_lanes() const {
    std::lock_guard lock(deepest_mutex_);
    return deepest_;
}

Task<void> Housekeeping::show_life(Millis period) {
    while (true) {
        service_.alive();
        auto pausing = pause_for(time_, period);
        co_await std::move(pausing);
    }
}

}  // namespace lanekeeper
