#include "job/retry.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

Millis doubled(Millis base, int times, Millis max) {
    Millis delay = base;
    for (int i = 0; i < times && delay < max; ++i) delay *= 2;
    return std::min(delay, max);
}

// Evenly between 80 % and 120 %.
Millis jittered(Millis delay, Random& random) {
    return Millis{delay.count() * std::int64_t(800 + random.below(401)) / 1000};
}

}  // namespace

Millis backoff_delay(const Backoff& backoff, int failed, Random& random) {
    int before = std::max(failed, 1) - 1;
    switch (backoff.kind) {
        case Backoff::Kind::fixed: return backoff.first;
        case Backoff::Kind::linear: return backoff.first + backoff.step * before;
        case Backoff::Kind::exponential: break;
    }
    auto delay = doubled(backoff.first, before, backoff.max);
    return backoff.jitter ? jittered(delay, random) : delay;
}

}  // namespace lanekeeper
