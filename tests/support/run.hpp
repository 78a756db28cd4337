#pragma once
#include "support/awaiting.hpp"
#include "support/manual_time.hpp"

#include <stdexcept>

namespace lanekeeper {

/// One io_context under manual time, which moves as what is awaited needs it.
struct Stage final : Awaiting {
    ManualTime time;
    asio::io_context context{1};
    Nursery nursery{context.get_executor(), "stage"};

    asio::any_io_executor executor() { return context.get_executor(); }
    void settle() { ManualTime::settle(context); }
    void advance(Millis span) { time.advance(context, span); }

private:
    Nursery& awaiting_nursery() override { return nursery; }
    void run_until(const std::function<bool()>& done) override {
        if (!time.run_until(context, done)) throw std::runtime_error("nothing is left to wait for");
    }
};

}  // namespace lanekeeper
