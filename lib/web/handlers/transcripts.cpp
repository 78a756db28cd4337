// What others write into a chat (api.md 4 and 6): rows of clients, notifications of external agents.
#include "agents/ingest.hpp"
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
    auto accepted = co_await services.ingest.accept(request.param("id"), std::move(request.body));
    if (!accepted) co_return refuse(accepted.error());
    json::object reply{{"status", "accepted"}, {"sessionId", request.param("id")}, {"count", count}};
    co_return ApiReply(202, std::move(reply));
}

constexpr std::array routes = {
    Route{Verb::post, "/api/sessions/:id/transcript/upsert", upsert, Role::operator_, Route::Body::json,
          Route::Guard::user_session},
    Route{Verb::post, "/api/sessions/:id/notifications", notify, Role::operator_, Route::Body::bulk_json,
          Route::Guard::user_session},
};

}  // namespace

std::span<const Route> transcript_routes() { return routes; }

}  // namespace lanekeeper::web
