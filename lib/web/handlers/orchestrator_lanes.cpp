// Lanes, for operators (api.md 5): what waits where; pause, resume, drain.
#include "web/handlers/orchestrator.hpp"

#include "agents/sessions.hpp"
#include "base/limits.hpp"
#include "web/input.hpp"

namespace lanekeeper::web {
namespace {

json::object lane_view(const LaneView& lane) {
    return {
        {"owner", lane.owner},
        {"queued", lane.queued},
        {"running", lane.running},
        {"oldestWaitMs", lane.oldest_wait.count()},
        {"paused", lane.paused},
        {"draining", lane.draining},
    };
}

bool is_lane(const std::string& owner) { return is_well_formed_owner(owner) || owner == "pool"; }

/// A lane has a well-formed name; one of a session is that of a user's.
Result<void> require_lane(const Services& services, const std::string& owner) {
    if (!is_lane(owner))
        return invalid_input("invalid_value", {"owner"}, "owner must name a project, session:<sessionId> or pool");
    auto session = owner_session(owner);
    if (session) return services.sessions.require_user_session(*session);
    return {};
}

Task<ApiReply> list_lanes(Services& services, ApiRequest request) {
    auto limit = read_limit(request, limits::page_default, limits::page_max);
    if (!limit) co_return refuse(limit.error());
    auto after = read_cursor(request).value_or("");
    if (!after.empty() && !is_lane(after)) co_return refuse(bad_cursor());
    auto page = co_await services.queue.lanes(std::move(after), *limit);
    json::array data;
    for (const auto& lane : page.lanes) data.push_back(lane_view(lane));
    json::value cursor;
    if (page.next) cursor = json::string(*page.next);
    json::object body{{"data", std::move(data)}, {"nextCursor", std::move(cursor)}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> command(Services& services, ApiRequest request, Queue::LaneCommand what) {
    const auto& owner = request.param("owner");
    auto known = require_lane(services, owner);
    if (!known) co_return refuse(known.error());
    auto lane = co_await services.queue.command_lane(owner, what);
    if (!lane) co_return refuse(lane.error());
    json::object body{{"status", "ok"}, {"lane", lane_view(*lane)}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> pause(Services& services, ApiRequest request) {
    return command(services, std::move(request), Queue::LaneCommand::pause);
}
Task<ApiReply> resume(Services& services, ApiRequest request) {
    return command(services, std::move(request), Queue::LaneCommand::resume);
}
Task<ApiReply> drain(Services& services, ApiRequest request) {
    return command(services, std::move(request), Queue::LaneCommand::drain);
}

Route order(std::string_view pattern, Handler handler) {
    return Route{Verb::post,         pattern, handler, Role::operator_, Route::Body::optional_json, Route::Guard::none,
                 Route::Needs::queue}
        .accepting(any_body);
}

}  // namespace

const std::vector<Route>& lane_routes() {
    static const std::vector<Route> routes = {
        {Verb::get, "/api/orchestrator/lanes", list_lanes},
        order("/api/orchestrator/lanes/:owner/pause", pause),
        order("/api/orchestrator/lanes/:owner/resume", resume),
        order("/api/orchestrator/lanes/:owner/drain", drain),
    };
    return routes;
}

std::span<const Route> orchestrator_routes() {
    static const std::vector<Route> routes = [] {
        auto all = job_routes();
        all.insert(all.end(), lane_routes().begin(), lane_routes().end());
        return all;
    }();
    return routes;
}

}  // namespace lanekeeper::web
