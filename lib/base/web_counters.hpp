#pragma once
#include <atomic>
#include <cstdint>

namespace lanekeeper {

/// What the network side counts and `GET /metrics` reads (queue.md 12). Any thread; each value stands for itself.
struct WebCounters {
    std::atomic<std::int64_t> connections{0};       // open now, sockets and event streams among them
    std::atomic<std::int64_t> refused{0};           // connections over a limit, ever
    std::atomic<std::int64_t> accept_errors{0};     // ever
    std::atomic<std::int64_t> requests{0};          // answered, ever
    std::atomic<std::int64_t> websocket_clients{0}; // open now
    std::atomic<std::int64_t> event_streams{0};     // Server-Sent Events, open now
    std::atomic<std::int64_t> outbox_bytes{0};      // waiting for slow readers, all together
    std::atomic<std::int64_t> replays{0};           // catch-ups with `since`, ever
    std::atomic<std::int64_t> resyncs{0};           // that ended with `resync`, ever
    std::atomic<std::int64_t> slow_closes{0};       // clients closed with 1013, ever
    std::atomic<std::int64_t> loop_lag_us{0};       // how late the event loop's last own timer was
};

}  // namespace lanekeeper
