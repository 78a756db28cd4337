#pragma once
#include "web/api.hpp"

#include <span>
#include <vector>

namespace lanekeeper::web {

// The whole API as constant tables, one a group, each beside its handlers in lib/web/handlers. A new group is one
// declaration here and one line in `all_routes`.

std::span<const Route> health_routes();        // api.md 2
std::span<const Route> orchestrator_routes();  // api.md 5
std::span<const Route> jobs_routes();          // jobs-family.md
std::span<const Route> schedule_routes();      // jobs-family.md, Schedules
std::span<const Route> worker_routes();        // jobs-family.md, Workers in any language
std::span<const Route> runtime_routes();       // api.md 4, its last paragraph
std::span<const Route> stream_routes();        // api.md 7
std::span<const Route> project_routes();       // api.md 3
std::span<const Route> session_routes();       // api.md 4
std::span<const Route> transcript_routes();    // api.md 4 and 6: upsert, notifications
std::span<const Route> suggestion_routes();    // api.md 4: suggested-reply and suggested-request

std::vector<Route> all_routes();

}  // namespace lanekeeper::web
