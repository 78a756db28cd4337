#pragma once
#include "async/time_source.hpp"
#include "support/awaiting.hpp"

#include <boost/asio/io_context.hpp>

#include <csignal>
#include <functional>
#include <stdexcept>

namespace lanekeeper::testing {

/// A loop in real time, for children that live in it. As in the daemon, writing to one that is gone is an error, not the end.
struct RealStage final : Awaiting {
    RealStage() { std::signal(SIGPIPE, SIG_IGN); }

    SystemTime time;
    asio::io_context context{1};
    Nursery nursery{context.get_executor(), "stage"};

    asio::any_io_executor executor() { return context.get_executor(); }

    /// Runs the loop until it is true; an exception when that takes too long.
    void until(const std::function<bool()>& done) {
        auto deadline = time.mono() + std::chrono::seconds{60};
        while (!done()) {
            if (time.mono() > deadline) throw std::runtime_error("it did not happen in time");
            context.restart();
            context.run_one_for(std::chrono::milliseconds{60});
        }
    }

private:
    Nursery& awaiting_nursery() override { return nursery; }
    void run_until(const std::function<bool()>& done) override { until(done); }
};

}  // namespace lanekeeper::testing
