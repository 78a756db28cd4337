#pragma once
#include "async/nursery.hpp"
#include "async/time_source.hpp"
#include "base/settings.hpp"
#include "daemon/service_manager.hpp"
#include "queue/local_queue.hpp"
#include "queue/metrics.hpp"
#include "store/store.hpp"

#include <mutex>
#include <vector>

namespace lanekeeper {

/// Until it is cancelled: tells the service manager that the start goes on. A large store takes its time after a crash, and
/// whoever gives it up only makes it begin again.
Task<void> ask_for_time(const ServiceManager& service, TimeSource& time);

/// What has to be done now and then: retention, a look at the event loop's lateness, a sign of life to the service
/// manager, the store's figures for metrics. Runs on one executor.
class Housekeeping {
public:
    Housekeeping(asio::any_io_executor executor, const Settings& settings, TimeSource& time, Store& store,
                 LocalQueue& queue, Metrics& metrics, const ServiceManager& service);

    void start();
    Task<void> stop();
    /// The deepest lanes, as they were a moment ago; empty when LANEKEEPER_METRICS_PER_PROJECT is off. Any thread.
    std::vector<LaneView> deepest_lanes() const;

private:
    Task<void> retain_now_and_then();
    Task<void> measure_lag();
    Task<void> gather_figures();
    Task<void> show_life(Millis period);

    const Settings& settings_;
    TimeSource& time_;
    Store& store_;
    LocalQueue& queue_;
    Metrics& metrics_;
    const ServiceManager& service_;
    mutable std::mutex deepest_mutex_;
    std::vector<LaneView> deepest_;
    Nursery nursery_;
};

}  // namespace lanekeeper
