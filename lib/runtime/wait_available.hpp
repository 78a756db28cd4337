#pragma once
#include "async/time_source.hpp"
#include "runtime/runtime.hpp"

#include <functional>

namespace lanekeeper {

/// How long a start of the daemon waits for a runtime that is not up yet before it goes on without it: most are up by then,
/// and who comes first finds it there.
inline constexpr Millis runtime_head_start{2'000};

/// The same in all, from the start, where there is something to ask it: what became of turns that were cut off. Requests
/// are not served meanwhile, so it is short; what is not told by then is settled when the runtime tells.
inline constexpr Millis runtime_patience{5'000};

/// How long jobs whose turns were cut off wait, with their lanes, for a runtime that comes late. What is still unknown then
/// is decided without it.
inline constexpr Millis late_runtime_patience{60'000};

/// Until the runtime can be asked, or the deadline, or `given_up` says so (asked on the caller's executor). → whether it can.
inline Task<bool> wait_available(Runtime& runtime, TimeSource& time, MonoTime deadline, std::function<bool()> given_up = {}) {
    constexpr Millis look_again{100};
    while (!runtime.available()) {
        if (time.mono() >= deadline || (given_up && given_up())) co_return false;
        co_await pause_for(time, look_again);
    }
    co_return true;
}

}  // namespace lanekeeper
