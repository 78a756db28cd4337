#pragma once
#include "async/time_source.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "runtime/runtime.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lanekeeper {

/// What a test composes differently: a runtime of its own.
struct AppParts {
    std::function<std::unique_ptr<Runtime>(asio::any_io_executor, TimeSource&, Random&)> runtime;
};

/// The daemon: every object, built in the order in which each needs the ones before it, and stopped in the reverse.
/// `start` and `stop` run on `context`; after `stop` nothing of it is left on the context, so `run()` returns.
class App {
public:
    App(asio::io_context& context, Settings settings, AppParts parts = {});
    ~App();

    /// Returns when requests are served, or when a stop was asked for. It waits for the runtime a few seconds at most, in all
    /// (runtime/wait_available.hpp). Throws std::runtime_error with a sentence for people when it must not start.
    Task<void> start();
    /// Ends a start under way, on whose executor it must run. Bounded by the sum of its steps' deadlines (architecture.md 5). A second call skips the drain.
    Task<void> stop();

    std::uint16_t port() const;
    /// How long a stop may take before whoever waits should give up.
    Millis stop_bound() const;
    /// Coroutines that a stop could not end, by name.
    std::vector<std::string> left_over() const;

private:
    Task<void> begin();
    Task<void> open();
    Task<void> start_work();
    Task<void> start_runtime();
    Task<void> await_start();
    Task<void> serve();
    Task<void> close();

    struct Parts;
    struct StartUp;
    std::unique_ptr<Parts> parts_;
};

}  // namespace lanekeeper
