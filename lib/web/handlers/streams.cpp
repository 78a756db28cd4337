// The feeds of events (api.md 7). They have no handler: the connection becomes the stream.
#include "web/routes.hpp"
#include "web/stream_request.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

constexpr Route stream(std::string_view pattern, Route::Kind kind) {
    Route route{Verb::get, pattern, nullptr};
    route.kind = kind;
    return route.taking(stream_query);
}

constexpr std::array routes = {
    stream("/api/stream", Route::Kind::websocket),
    stream("/api/events", Route::Kind::event_stream),
};

}  // namespace

std::span<const Route> stream_routes() { return routes; }

}  // namespace lanekeeper::web
