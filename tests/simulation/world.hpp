#pragma once
#include "simulation/referee.hpp"

#include <cstdint>
#include <optional>

namespace lanekeeper::simulation {

/// What a seed showed.
struct Verdict {
    std::optional<Broken> broken;
    std::uint64_t hash = 0;   // of the trace
    int lives = 0;
    std::size_t jobs = 0;
    std::int64_t commits = 0;
    Millis virtual_time{0};
    Census census;
};

/// Plays one seed from beginning to end: some seconds of chaos over several processes, then healing, until every job has
/// ended; everything follows from the seed. With `spoken` the trace goes to standard output.
Verdict play(std::uint64_t seed, bool spoken);

}  // namespace lanekeeper::simulation
