#pragma once
#include "jobs/job_deps.hpp"
#include "queue/registry.hpp"

#include <string>
#include <vector>

namespace lanekeeper {

/// Every job type there is. There is no other way for work to get in (queue.md 11).
void add_all_jobs(Registry& registry, const JobDeps& deps);

/// Their types, for those who have no registry yet.
const std::vector<std::string>& job_types();

}  // namespace lanekeeper
