// Projects (api.md 3).
#include "agents/projects.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/input.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::web {
namespace {

const Schema& create_schema() {
    static const Schema schema = Schema::object({
        required("name", Schema::line(1, limits::project_name_chars)),
        optional_field("workingDirectory", Schema::line(1, limits::path_chars).nullable()),
    });
    return schema;
}

const Schema& rename_schema() {
    static const Schema schema = Schema::object({required("name", Schema::line(1, limits::project_name_chars))});
    return schema;
}

const Schema& move_schema() {
    static const Schema schema = Schema::object({required("destination", Schema::word({"unassigned", "archive"}))});
    return schema;
}

/// A name without the spaces around it; refused when nothing is left.
Result<std::string> read_name(const json::object& body) {
    auto name = members::text(body, "name");
    auto blank = [](unsigned char c) { return c <= ' '; };
    name.erase(name.begin(), std::find_if_not(name.begin(), name.end(), blank));
    name.erase(std::find_if_not(name.rbegin(), name.rend(), blank).base(), name.end());
    if (name.empty()) return invalid_input("too_small", {"name"}, "must have a character that is not a space");
    return name;
}

json::object ok_body(const std::string& project_id) { return {{"status", "ok"}, {"projectId", project_id}}; }

Task<ApiReply> list(Services& services, ApiRequest) {
    json::array data;
    for (const auto& project : services.projects.list()) data.emplace_back(session::to_json(project));
    co_return ApiReply(200, json::object{{"data", std::move(data)}});
}

Task<ApiReply> create(Services& services, ApiRequest request) {
    auto body = read_body(request, create_schema());
    if (!body) co_return refuse(body.error());
    auto name = read_name(*body);
    if (!name) co_return refuse(name.error());
    auto directory = members::text_or_nothing(*body, "workingDirectory");
    auto project = co_await services.projects.create(*name, std::move(directory));
    if (!project) co_return refuse(project.error());
    json::object reply{{"status", "ok"}, {"project", session::to_json(*project)}, {"orchestrationSession", nullptr}};
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> rename(Services& services, ApiRequest request) {
    auto known = services.projects.require_project(request.param("id"));
    if (!known) co_return refuse(known.error());
    auto body = read_body(request, rename_schema());
    if (!body) co_return refuse(body.error());
    auto name = read_name(*body);
    if (!name) co_return refuse(name.error());
    auto project = co_await services.projects.rename(request.param("id"), *name);
    if (!project) co_return refuse(project.error());
    co_return ApiReply(200, json::object{{"status", "ok"}, {"project", session::to_json(*project)}});
}

Task<ApiReply> remove(Services& services, ApiRequest request) {
    auto unassigned = co_await services.projects.remove(request.param("id"));
    if (!unassigned) co_return refuse(unassigned.error());
    auto reply = ok_body(request.param("id"));
    reply["unassignedSessionCount"] = *unassigned;
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> move_chats(Services& services, ApiRequest request) {
    auto known = services.projects.require_project(request.param("id"));
    if (!known) co_return refuse(known.error());
    auto body = read_body(request, move_schema());
    if (!body) co_return refuse(body.error());
    auto word = members::text(*body, "destination");
    auto destination = word == "archive" ? Projects::Destination::archive : Projects::Destination::unassigned;
    auto moved = co_await services.projects.move_chats(request.param("id"), destination);
    if (!moved) co_return refuse(moved.error());
    auto reply = ok_body(request.param("id"));
    reply["destination"] = word;
    reply["movedSessionCount"] = moved->moved;
    reply["archivedSessionCount"] = moved->archived;
    reply["alreadyArchivedSessionCount"] = moved->already_archived;
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> delete_chats(Services& services, ApiRequest request) {
    auto known = services.projects.require_project(request.param("id"));
    if (!known) co_return refuse(known.error());
    auto body = read_body(request, empty_body());
    if (!body) co_return refuse(body.error());
    auto deleted = co_await services.projects.delete_chats(request.param("id"));
    if (!deleted) co_return refuse(deleted.error());
    auto reply = ok_body(request.param("id"));
    reply["deletedSessionCount"] = deleted->deleted;
    reply["skippedSessionCount"] = deleted->skipped;
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> agent_sessions(Services& services, ApiRequest request) {
    auto known = services.projects.require_project(request.param("id"));
    if (!known) co_return refuse(known.error());
    json::array data;
    for (const auto& worker : services.projects.agent_sessions(request.param("id")))
        data.push_back({{"agent", worker.agent}, {"sessionId", worker.id}, {"systemOwned", true}});
    auto reply = ok_body(request.param("id"));
    reply["data"] = std::move(data);
    co_return ApiReply(200, std::move(reply));
}

constexpr Route changes(std::string_view pattern, Handler handler, Route::Body body, const Schema& (*schema)()) {
    return Route{Verb::post, pattern, handler, Role::operator_, body}.accepting(schema);
}

constexpr std::array routes = {
    Route{Verb::get, "/api/projects", list},
    Route{Verb::post, "/api/projects", create, Role::operator_, Route::Body::json, Route::Guard::none,
          Route::Needs::none, Route::Once::recorded}
        .accepting(create_schema),
    Route{Verb::del, "/api/projects/:id", remove, Role::operator_},
    changes("/api/projects/:id/rename", rename, Route::Body::json, rename_schema),
    changes("/api/projects/:id/chats/move-all", move_chats, Route::Body::json, move_schema),
    changes("/api/projects/:id/chats/delete-all", delete_chats, Route::Body::optional_json, empty_body),
    Route{Verb::get, "/api/projects/:id/agent-sessions", agent_sessions, Role::operator_},
};

}  // namespace

std::span<const Route> project_routes() { return routes; }

}  // namespace lanekeeper::web
