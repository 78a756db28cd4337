#pragma once
#include "web/routes.hpp"

namespace lanekeeper::web {

// The parts of `jobs_routes` (jobs-family.md).
std::span<const Route> job_submit_routes();  // one, many, a workflow
std::span<const Route> job_life_routes();  // read, cancel, retry
std::span<const Route> job_list_routes();  // list, health, workers

}  // namespace lanekeeper::web
