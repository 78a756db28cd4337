#pragma once
#include "web/routes.hpp"
#include "web/services.hpp"

namespace lanekeeper::web {

// The two halves of `orchestrator_routes` (api.md 5).
const std::vector<Route>& job_routes();
const std::vector<Route>& lane_routes();

}  // namespace lanekeeper::web
