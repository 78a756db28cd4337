#pragma once
#include "jobs/job_deps.hpp"
#include "queue/registry.hpp"

namespace lanekeeper {

/// Every job type there is. There is no other way for work to get in (queue.md 11).
void add_all_jobs(Registry& registry, const JobDeps& deps);

}  // namespace lanekeeper
