// Sessions: how chats begin, change and end.
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/handlers/sessions.hpp"
#include "web/idempotency.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

using members::or_null;
using members::text_or_nothing;

NewSession new_session(const json::object& body) {
    NewSession wanted;
    wanted.cwd = text_or_nothing(body, "cwd");
    wanted.model = text_or_nothing(body, "model");
    wanted.approval_policy = text_or_nothing(body, "approvalPolicy");
    wanted.network_access = text_or_nothing(body, "networkAccess");
    wanted.filesystem_sandbox = text_or_nothing(body, "filesystemSandbox");
    wanted.project_id = text_or_nothing(body, "projectId");
    wanted.title = text_or_nothing(body, "title");
    return wanted;
}

ApiReply with_status(json::object body) {
    json::object whole{{"status", "ok"}};
    for (auto& member : body) whole[member.key()] = std::move(member.value());
    return {200, std::move(whole)};
}

ApiReply created(const SessionView& view) { return {200, view_body(view)}; }

ApiReply forked(const std::string& source, const SessionView& view) {
    auto body = view_body(view);
    body["sourceSessionId"] = source;
    return with_status(std::move(body));
}

}  // namespace

Task<ApiReply> create(Services& services, ApiRequest request) {
    auto body = read_body(request, create_body());
    if (!body) co_return refuse(body.error());
    auto wanted = new_session(*body);
    auto keep = answer_keeper<SessionView>(request, created);
    auto view = co_await services.sessions.create(std::move(wanted), std::move(keep));
    if (!view) co_return refuse(view.error());
    co_return created(*view);
}

Task<ApiReply> rename(Services& services, ApiRequest request) {
    auto body = read_body(request, rename_body());
    if (!body) co_return refuse(body.error());
    auto session = co_await services.sessions.rename(request.param("id"), members::text(*body, "title"));
    if (!session) co_return refuse(session.error());
    co_return with_status({{"session", session::summary(*session)}});
}

Task<ApiReply> assign_project(Services& services, ApiRequest request) {
    auto body = read_body(request, project_body());
    if (!body) co_return refuse(body.error());
    auto project = text_or_nothing(*body, "projectId");
    auto previous = co_await services.sessions.assign_project(request.param("id"), project);
    if (!previous) co_return refuse(previous.error());
    auto reply = ok_body(request.param("id"));
    reply["projectId"] = or_null(project);
    reply["previousProjectId"] = or_null(*previous);
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> archive(Services& services, ApiRequest request) {
    auto body = read_body(request, empty_body());
    if (!body) co_return refuse(body.error());
    auto archived = co_await services.sessions.archive(request.param("id"));
    if (!archived) co_return refuse(archived.error());
    co_return ApiReply(200, ok_body(request.param("id")));
}

Task<ApiReply> unarchive(Services& services, ApiRequest request) {
    auto body = read_body(request, empty_body());
    if (!body) co_return refuse(body.error());
    auto view = co_await services.sessions.unarchive(request.param("id"));
    if (!view) co_return refuse(view.error());
    co_return with_status(view_body(*view));
}

Task<ApiReply> remove(Services& services, ApiRequest request) {
    auto session = services.sessions.find(request.param("id"));
    auto stone = co_await services.sessions.remove(request.param("id"));
    if (!stone) co_return refuse(stone.error());
    auto reply = ok_body(stone->id);
    reply["title"] = stone->title;
    reply["deletedFileCount"] = session && session->materialized ? 1 : 0;
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> fork(Services& services, ApiRequest request) {
    auto body = read_body(request, empty_body());
    if (!body) co_return refuse(body.error());
    auto source = request.param("id");
    auto keep = answer_keeper<SessionView>(request, std::bind_front(forked, source));
    auto view = co_await services.sessions.fork(source, std::move(keep));
    if (!view) co_return refuse(view.error());
    co_return forked(source, *view);
}

Task<ApiReply> resume(Services& services, ApiRequest request) {
    auto body = read_body(request, empty_body());
    if (!body) co_return refuse(body.error());
    auto view = co_await services.sessions.resume(request.param("id"));
    if (!view) co_return refuse(view.error());
    co_return ApiReply(200, view_body(*view));
}

Task<ApiReply> compact(Services& services, ApiRequest request) {
    auto body = read_body(request, empty_body());
    if (!body) co_return refuse(body.error());
    auto result = co_await services.sessions.compact(request.param("id"));
    if (!result) co_return refuse(result.error());
    auto reply = ok_body(request.param("id"));
    reply["result"] = std::move(*result);
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> rollback(Services& services, ApiRequest request) {
    auto body = read_body(request, rollback_body());
    if (!body) co_return refuse(body.error());
    int turns = body->contains("numTurns") ? int(members::integer(*body, "numTurns")) : 1;
    auto result = co_await services.sessions.rollback(request.param("id"), turns);
    if (!result) co_return refuse(result.error());
    auto reply = ok_body(request.param("id"));
    reply["numTurns"] = turns;
    reply["result"] = std::move(*result);
    co_return ApiReply(200, std::move(reply));
}

}  // namespace lanekeeper::web::sessions
