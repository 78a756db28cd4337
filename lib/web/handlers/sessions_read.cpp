// Sessions: lists and views.
#include "base/limits.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

Result<session::ListQuery> read_query(const ApiRequest& request) {
    session::ListQuery query;
    auto archived = read_flag(request, list_query[0]);
    if (!archived) return archived.error();
    query.archived = *archived;
    auto hidden = read_flag(request, list_query[1]);
    if (!hidden) return hidden.error();
    query.include_system_owned = *hidden;
    auto limit = read_limit(request, list_query[3]);
    if (!limit) return limit.error();
    query.limit = *limit;
    query.project_id = read_text(request, list_query[2]);
    query.cursor = read_cursor(request).value_or("");
    return query;
}

json::object list_body(const session::SessionPage& page, bool archived) {
    json::array data;
    for (const auto& session : page.sessions) data.emplace_back(session::summary(session));
    return {{"data", std::move(data)}, {"nextCursor", page.next ? json::value(*page.next) : json::value()}, {"archived", archived}};
}

}  // namespace

json::object view_body(const SessionView& view) {
    return {{"session", session::summary(view.session)}, {"thread", view.thread}};
}

json::object ok_body(const std::string& session_id) { return {{"status", "ok"}, {"sessionId", session_id}}; }

Task<ApiReply> list(Services& services, ApiRequest request) {
    auto query = read_query(request);
    if (!query) co_return refuse(query.error());
    if (query->include_system_owned && request.role < Role::operator_)
        co_return refuse(Problem("forbidden", "hidden sessions are listed for operators only"));
    auto page = co_await services.sessions.list_with_guests(*query);
    if (!page) co_return refuse(page.error());
    co_return ApiReply(200, list_body(*page, query->archived));
}

Task<ApiReply> read(Services& services, ApiRequest request) {
    auto view = co_await services.sessions.view(request.param("id"));
    if (!view) co_return refuse(view.error());
    auto body = view_body(*view);
    json::array rows;
    for (const auto& entry : view->transcript) rows.emplace_back(transcript::to_json(entry));
    body["transcript"] = std::move(rows);
    co_return ApiReply(200, std::move(body));
}

}  // namespace lanekeeper::web::sessions
