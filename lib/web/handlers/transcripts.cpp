// What others write into a chat (api.md 4 and 6): rows of clients, notifications of external agents.
#include "agents/ingest.hpp"
#include "agents/notice.hpp"
#include "agents/sessions.hpp"
#include "web/input.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

Task<ApiReply> upsert(Services& services, ApiRequest request) {
    auto entry = transcript::read_upsert(request.body, to_ms(services.time.wall()));
    if (!entry) co_return refuse(entry.error());
    auto row = co_await services.sessions.upsert_entry(request.param("id"), std::move(*entry));
    if (!row) co_return refuse(row.error());
    json::object reply{{"status", "ok"}, {"sessionId", request.param("id")}, {"entry", transcript::to_json(*row)}};
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> notify(Services& services, ApiRequest request) {
    auto count = request.body.is_array() ? request.body.get_array().size() : 1;
    auto metadata = job_metadata(request);
    auto accepted = co_await services.ingest.accept(request.param("id"), std::move(request.body), std::move(metadata));
    if (!accepted) co_return refuse(accepted.error());
    json::object reply{{"status", "accepted"}, {"sessionId", request.param("id")}, {"count", count}};
    co_return ApiReply(202, std::move(reply));
}

/// One of these, or an array of them.
const Schema& notification_body() {
    static const Schema schema = notice_schema().described("one of these, or an array of 1 to 1000 of them");
    return schema;
}

constexpr std::array routes = {
    Route{Verb::post, "/api/sessions/:id/transcript/upsert", upsert, Role::operator_, Route::Body::json,
          Route::Guard::user_session}
        .accepting(transcript::entry_schema),
    Route{Verb::post, "/api/sessions/:id/notifications", notify, Role::operator_, Route::Body::bulk_json,
          Route::Guard::user_session}
        .accepting(notification_body),
};

}  // namespace

std::span<const Route> transcript_routes() { return routes; }

}  // namespace lanekeeper::web
