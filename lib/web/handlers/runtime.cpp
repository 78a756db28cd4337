// Questions that go through to the runtime as they are (api.md 4, its last paragraph). Its refusals are mapped where all
// handlers' exceptions are.
#include "agents/sessions.hpp"
#include "web/input.hpp"
#include "web/mask.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <array>
#include <charconv>

namespace lanekeeper::web {
namespace {

/// A query has words only; the runtime wants its numbers and truths.
json::value value_of(std::string_view name, const std::string& text) {
    if (text == "true" || text == "false") return text == "true";
    std::int64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    bool whole = error == std::errc() && end == text.data() + text.size();
    if (name == "limit" && whole) return number;
    return json::string(text);
}

json::object params_of(const ApiRequest& request) {
    json::object params;
    if (request.body.is_object()) params = request.body.as_object();
    for (const auto& [name, value] : request.query) params[name] = value_of(name, value);
    return params;
}

Task<ApiReply> ask(Services& services, ApiRequest request) {
    auto params = params_of(request);
    auto result = co_await services.runtime.call(request.runtime_method, std::move(params));
    co_return ApiReply(200, std::move(result));
}

/// A configuration holds secrets, which nobody needs to see.
Task<ApiReply> ask_config(Services& services, ApiRequest request) {
    auto reply = co_await ask(services, std::move(request));
    reply.body = masked(std::move(reply.body));
    co_return reply;
}

/// The same about one chat: the runtime knows it by its thread.
Task<ApiReply> ask_about_session(Services& services, ApiRequest request) {
    const auto& id = request.param("id");
    auto params = params_of(request);
    auto result = co_await services.sessions.ask_runtime(id, std::string(request.runtime_method), std::move(params));
    if (!result) co_return refuse(result.error());
    json::object body{{"status", "ok"}, {"sessionId", id}, {"result", std::move(*result)}};
    co_return ApiReply(200, std::move(body));
}

Task<ApiReply> review(Services& services, ApiRequest request) {
    const auto& id = request.param("id");
    auto params = params_of(request);
    auto result = co_await services.sessions.start_review(id, std::string(request.runtime_method), std::move(params));
    if (!result) co_return refuse(result.error());
    json::object body{{"status", "ok"}, {"sessionId", id}, {"result", std::move(*result)}};
    co_return ApiReply(200, std::move(body));
}

constexpr Route question(std::string_view pattern, std::string_view method, Role minimum = Role::viewer, Handler handler = ask) {
    Route route{Verb::get, pattern, handler, minimum};
    route.runtime_method = method;
    route.hands_query_on = true;
    return route;
}

constexpr Route order(std::string_view pattern, std::string_view method, Handler handler, Route::Guard guard) {
    Route route{Verb::post, pattern, handler, Role::operator_, Route::Body::optional_json, guard};
    route.runtime_method = method;
    route.hands_query_on = true;
    return route.accepting(any_body);
}

constexpr std::array routes = {
    question("/api/models", "model/list"),
    question("/api/account", "account/read", Role::operator_),
    question("/api/account/rate-limits", "account/rateLimits/read"),
    question("/api/config", "config/read", Role::admin, ask_config),
    question("/api/config/requirements", "configRequirements/read"),
    question("/api/apps", "app/list"),
    question("/api/skills", "skills/list"),
    question("/api/mcp/servers", "mcpServerStatus/list", Role::operator_),
    question("/api/collaboration/modes", "collaborationMode/list"),
    question("/api/features/experimental", "experimentalFeature/list"),
    order("/api/mcp/reload", "config/mcpServer/reload", ask, Route::Guard::none),
    order("/api/sessions/:id/review", "review/start", review, Route::Guard::user_session),
    order("/api/sessions/:id/background-terminals/clean", "thread/backgroundTerminals/clean", ask_about_session,
          Route::Guard::user_session),
};

}  // namespace

std::span<const Route> runtime_routes() { return routes; }

}  // namespace lanekeeper::web
