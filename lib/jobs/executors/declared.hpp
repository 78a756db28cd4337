#pragma once
#include "jobs/executors/executor_deps.hpp"
#include "queue/executors.hpp"
#include "queue/registry.hpp"

namespace lanekeeper {

/// Registers what was declared: commands and URLs, which run here, and types whose jobs wait for workers.
void add_declared_executors(Registry& registry, const ExecutorsConfig& declared, const ExecutorDeps& deps);

/// What the definitions of declared executors share; `run` is to be added.
Definition declared_definition(const std::string& name, std::optional<Millis> timeout, const ExecutorDeps& deps);

}  // namespace lanekeeper
