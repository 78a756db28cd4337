#include "web/admission.hpp"

#include "agents/sessions.hpp"
#include "base/ids.hpp"
#include "base/json_read.hpp"
#include "base/log.hpp"
#include "web/http_head.hpp"
#include "web/idempotency.hpp"
#include "web/input.hpp"
#include "web/json_lines.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/format.h>

namespace lanekeeper::web {
namespace {

/// Deleted 410, system 403, unknown 404.
Result<void> ask_guard(const Services& services, const Route& route, const ApiRequest& request) {
    if (route.guard == Route::Guard::none) return {};
    const auto& id = request.param("id");
    if (route.guard == Route::Guard::user_session) return services.sessions.require_user_session(id);
    return services.sessions.require_readable(id, request.role >= Role::operator_);
}

bool is_switched_off(const Settings& settings, Route::Feature feature) {
    return feature == Route::Feature::suggested_replies && !settings.suggest.enabled;
}

/// A content type of this name, whose text, if anything is said of it, is UTF-8.
bool is_type(const std::string& type, std::string_view wanted) {
    auto semicolon = std::min(type.find(';'), type.size());
    auto name = std::string_view(type).substr(0, semicolon);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (!same_word(name, wanted)) return false;
    auto rest = std::string_view(type).substr(semicolon);
    std::string plain;
    for (char c : rest)
        if (c != ' ' && c != '"') plain += c;
    return plain.empty() || plain == ";" || same_word(plain, ";charset=utf-8") || same_word(plain, ";charset=utf8");
}

/// 415, and 400 for what does not read. An empty body is for the handler where the route allows it.
Result<void> read_request_body(const Route& route, ApiRequest& request) {
    if (route.body == Route::Body::none) {
        if (request.raw_body.empty()) return {};
        return invalid_input("unexpected", {"body"}, "this route takes no body");
    }
    if (request.raw_body.empty() && route.body == Route::Body::optional_json) return {};
    auto type = request.header("content-type");
    bool lines = route.lines > 0 && type && is_type(*type, "application/x-ndjson");
    if (!lines && !request.raw_body.empty() && (!type || !is_type(*type, "application/json")))
        return Problem("unsupported_media_type", fmt::format("the content type must be application/json{}",
                                                             route.lines > 0 ? " or application/x-ndjson" : ""));
    auto body = lines ? read_json_lines(request.raw_body, route.lines) : read_json(request.raw_body);
    if (!body) return body.error();
    request.body = std::move(*body);
    return {};
}

/// As above; a thread that only the runtime knows becomes a chat by being asked for.
Task<Result<void>> guard(Services& services, const Route& route, const ApiRequest& request) {
    auto allowed = ask_guard(services, route, request);
    if (allowed || allowed.error().code != "not_found") co_return allowed;
    bool adopted = co_await services.sessions.adopt(request.param("id"));
    if (adopted) allowed = ask_guard(services, route, request);
    co_return allowed;
}

/// What stands between a request that the guard lets pass and its handler.
Result<void> prepare(const WebContext& context, const Route& route, ApiRequest& request, BodyState body_state) {
    if (route.needs == Route::Needs::queue && !context.services.settings.queue.enabled)
        return Problem("queue_disabled", "the queue is switched off");
    if (is_switched_off(context.services.settings, route.feature))
        return Problem("feature_disabled", "suggested replies are switched off");
    if (body_state == BodyState::too_large) return Problem("payload_too_large", "the body is larger than this route takes");
    return read_request_body(route, request);
}

json::object refusal_details(const Route& route, const std::string& session) {
    json::object details;
    if (!route.runtime_method.empty()) details["method"] = route.runtime_method;
    if (!session.empty()) details["sessionId"] = session;
    return {{"details", std::move(details)}};
}

ApiReply our_fault(const WebContext& context, const ApiRequest& request, std::string_view what) {
    auto& services = context.services;
    auto id = new_id("err", services.time.wall(), services.random);
    log_error("request failed", {{"errorId", id}, {"route", request.route}, {"requestId", request.request_id}, {"error", what}});
    return refuse(Problem("internal_error", "something went wrong on our side", {{"errorId", id}}));
}

ApiReply answer_exception(const WebContext& context, const Route& route, const ApiRequest& request,
                          const std::exception_ptr& failure) {
    auto found = request.params.find("id");
    bool of_session = route.guard != Route::Guard::none && found != request.params.end();
    auto details = refusal_details(route, of_session ? found->second : "");
    try {
        std::rethrow_exception(failure);
    } catch (const StorageUnavailable&) {
        return refuse(Problem("storage_unavailable", "the store cannot take this now"));
    } catch (const RuntimeUnavailable& e) {
        details["retryAfterMs"] = e.retry_after_ms;
        return refuse(Problem("runtime_unavailable", e.what(), std::move(details)));
    } catch (const RuntimeRefusal& e) {
        return refuse(Problem(e.code, e.what(), std::move(details)));
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) return refuse(Problem("shutting_down", "the daemon is stopping"));
        return our_fault(context, request, e.what());
    } catch (const std::exception& e) {
        return our_fault(context, request, e.what());
    } catch (...) {
        return our_fault(context, request, "an exception of no known type");
    }
}

Task<ApiReply> call(const WebContext& context, const Route& route, ApiRequest request) {
    if (route.once != Route::Once::recorded || !request.headers.contains("idempotency-key")) {
        auto reply = co_await route.handler(context.services, std::move(request));
        co_return reply;
    }
    auto reply = co_await answer_once(context.services, route.handler, std::move(request));
    co_return reply;
}

/// What exceptions need to know of a request that its handler has consumed.
ApiRequest traces_of(const ApiRequest& request) {
    ApiRequest traces;
    traces.route = request.route;
    traces.params = request.params;
    traces.request_id = request.request_id;
    return traces;
}

}  // namespace

Task<ApiReply> answer(const WebContext& context, Admission admission, BodyState body_state, std::string body) {
    const Route& route = *admission.route;
    auto request = std::move(admission.request);
    request.raw_body = std::move(body);
    auto traces = traces_of(request);
    std::exception_ptr failure;
    try {
        auto guarded = co_await guard(context.services, route, request);
        if (!guarded) co_return refuse(guarded.error());
        auto prepared = prepare(context, route, request, body_state);
        if (!prepared) co_return refuse(prepared.error());
        auto reply = co_await call(context, route, std::move(request));
        co_return reply;
    } catch (...) {
        failure = std::current_exception();
    }
    co_return answer_exception(context, route, traces, failure);
}

}  // namespace lanekeeper::web
