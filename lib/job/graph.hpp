#pragma once
#include <cstddef>
#include <vector>

namespace lanekeeper {

/// Who waits for whom, by their places: `waits_for[i]` are those that i waits for.
using WaitGraph = std::vector<std::vector<std::size_t>>;

/// A way around that comes back to where it began, each waiting for the next: {0, 2, 1, 0}. It begins with the one of it
/// that stands first. Empty: there is none. Looks at every edge once, and needs no stack however deep the graph.
/// Places beyond the end count for nothing.
std::vector<std::size_t> find_cycle(const WaitGraph& waits_for);

}  // namespace lanekeeper
