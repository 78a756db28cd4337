#pragma once
#include <cstddef>

namespace lanekeeper::web {

/// Raises this process's limit of open files as far as it may and returns what it is then (config.md,
/// LANEKEEPER_MAX_CONNECTIONS). Call once at start.
std::size_t raise_file_limit();

}  // namespace lanekeeper::web
