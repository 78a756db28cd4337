#pragma once
#include "base/settings.hpp"
#include "queue/definition.hpp"

#include <string>
#include <string_view>

namespace lanekeeper {

inline constexpr std::string_view worker_executor_name = "worker";

/// Leaves its jobs to workers in any language, which claim them (jobs-family.md). `name`: "worker", or that of a declaration by
/// which an administrator made types external.
Definition worker_executor(const Settings& settings, std::string name);

}  // namespace lanekeeper
