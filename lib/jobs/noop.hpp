#pragma once
#include "queue/definition.hpp"

namespace lanekeeper {

/// Does nothing, in the ways that drills, barriers and benchmarks need (queue.md 13).
Definition noop_definition();

}  // namespace lanekeeper
