#include "web/routes.hpp"

namespace lanekeeper::web {

std::vector<Route> all_routes() {
    std::vector<Route> all;
    auto add = [&](std::span<const Route> group) { all.insert(all.end(), group.begin(), group.end()); };
    add(health_routes());
    add(project_routes());
    add(session_routes());
    add(transcript_routes());
    add(suggestion_routes());
    add(orchestrator_routes());
    add(jobs_routes());
    add(schedule_routes());
    add(worker_routes());
    add(runtime_routes());
    add(stream_routes());
    return all;
}

}  // namespace lanekeeper::web
