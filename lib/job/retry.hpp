#pragma once
#include "base/random.hpp"
#include "base/time.hpp"

#include <optional>

namespace lanekeeper {

/// How long to wait before the next attempt (queue.md 5).
struct Backoff {
    enum class Kind { exponential, linear, fixed };
    Kind kind = Kind::exponential;
    Millis first{1000};      // base; or the first delay
    Millis step{0};          // linear: added each time
    Millis max{60000};       // exponential: the ceiling, before jitter
    bool jitter = true;      // exponential: ±20 %

    static Backoff exponential(Millis base, Millis max) { return {Kind::exponential, base, Millis{0}, max, true}; }
    static Backoff linear(Millis first, Millis step) { return {Kind::linear, first, step, Millis{0}, false}; }
    static Backoff fixed(Millis delay) { return {Kind::fixed, delay, Millis{0}, delay, false}; }
};

/// The delay after the `failed`-th failed attempt (1 for the first).
Millis backoff_delay(const Backoff& backoff, int failed, Random& random);

enum class ErrorClass { retryable, fatal };

}  // namespace lanekeeper
