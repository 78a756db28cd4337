#pragma once
#include "async/time_source.hpp"
#include "runtime/runtime.hpp"

namespace lanekeeper {

/// How long a start of the daemon waits for a runtime that is not up yet, to be told what became of turns that were cut
/// off; what is still unknown then is decided without it.
inline constexpr Millis runtime_patience{20'000};

/// Until the runtime can be asked, or the deadline. → whether it can.
inline Task<bool> wait_available(Runtime& runtime, TimeSource& time, MonoTime deadline) {
    constexpr Millis look_again{100};
    while (!runtime.available()) {
        if (time.mono() >= deadline) co_return false;
        co_await pause_for(time, look_again);
    }
    co_return true;
}

}  // namespace lanekeeper
