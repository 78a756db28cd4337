#pragma once
#include "base/limits.hpp"
#include "base/web_counters.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <cstdint>
#include <memory>
#include <vector>

namespace lanekeeper::web {

// The port: accepts connections within their limits, one strand each, and serves `routes` over HTTP and the streams of
// api.md 7. Everything given outlives it. Its calls may come from any executor and resume on the caller's.
class WebServer {
public:
    /// `executor`: an io_context's; connections get strands on it.
    WebServer(asio::any_io_executor executor, Services& services, std::vector<Route> routes = all_routes());
    ~WebServer();
    WebServer(const WebServer&) = delete;
    WebServer& operator=(const WebServer&) = delete;

    /// Binds HOST and PORT and begins to accept. After the store and the hub are open. Throws std::runtime_error that
    /// names the address and the reason; other than loopback is refused.
    Task<void> start();
    /// Where it listens, once started (PORT=0: what the system chose).
    std::uint16_t port() const;

    /// Accepts nobody any more. Harmless twice, and before start.
    Task<void> stop_accepting();
    /// Also ends what is there: requests under way get their answer, outboxes are flushed, sockets closed with 1012;
    /// after `limit` they are cut. Returns when no coroutine of the server runs.
    Task<void> stop(Millis limit = limits::stop_sockets);

    /// What it counted, for metrics. Any thread.
    const WebCounters& counters() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace lanekeeper::web
