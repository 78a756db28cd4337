#pragma once
#include "base/random.hpp"
#include "base/settings.hpp"

namespace lanekeeper::simulation {

inline bool one_in(Random& random, std::uint64_t n) { return random.below(n) == 0; }
inline Millis some_ms(Random& random, std::int64_t least, std::int64_t most) {
    return Millis{least + std::int64_t(random.below(std::uint64_t(most - least + 1)))};
}

/// The settings that a seed plays with: small, so that bounds are met often.
QueueSettings random_settings(Random& random);
PoolSettings random_pool_settings(Random& random);

/// Longer than a choice needs to become a committed start when the store does not fail: what the invariants allow
/// between a decision that they cannot see and the commit that they can.
inline constexpr Millis settling{1500};

/// The longest that the simulated store makes a caller wait after a commit; jobs age later than this.
inline constexpr Millis longest_answer{80};

/// Longer than a job of a graph runs, whatever the store makes it wait: it never expires.
inline constexpr Millis longest_steady_run{2500};

}  // namespace lanekeeper::simulation
