#include "web/admission.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "web/input.hpp"
#include "web/target.hpp"
#include "web/trace_context.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lanekeeper::web {
namespace {

bool is_request_id(std::string_view text) {
    auto plain = [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; };
    return !text.empty() && text.size() <= limits::request_id_chars && std::all_of(text.begin(), text.end(), plain);
}

void copy_headers(const HttpHead& head, ApiRequest& request) {
    for (const auto& [name, value] : head.fields) {
        std::string key(name);
        for (char& c : key)
            if (c >= 'A' && c <= 'Z') c = char(c + 32);
        auto [at, fresh] = request.headers.emplace(std::move(key), std::string(value));
        if (!fresh) at->second += ", " + std::string(value);
    }
}

/// Without tokens every caller that got this far is admin (api.md 1).
void identify(ApiRequest& request) {
    request.role = Role::admin;
    request.caller = "loopback";
}

void name_request(const WebContext& context, Admission& admission) {
    auto& request = admission.request;
    auto given = request.header("x-request-id").value_or("");
    auto& services = context.services;
    request.request_id = is_request_id(given) ? given : new_id("req", services.time.wall(), services.random);
    auto trace = request.header("traceparent").value_or("");
    if (is_traceparent(trace)) request.traceparent = std::move(trace);
    admission.reply_headers.emplace_back("X-Request-Id", request.request_id);
}

void add_cors(const std::string& origin, Admission& admission) {
    admission.reply_headers.emplace_back("Access-Control-Allow-Origin", origin);
    admission.reply_headers.emplace_back("Access-Control-Expose-Headers", "X-Request-Id, Retry-After");
    admission.reply_headers.emplace_back("Vary", "Origin");
}

/// A request that a foreign web page could have made.
std::optional<Problem> check_source(const WebContext& context, Admission& admission) {
    auto host = admission.request.header("host").value_or("");
    if (!host_allowed(context.origins, host)) return Problem("forbidden", "the Host header does not name this server");
    auto origin = admission.request.header("origin");
    if (!origin) return {};
    if (!origin_allowed(context.origins, *origin, host)) return Problem("forbidden", "requests from this Origin are not allowed");
    add_cors(*origin, admission);
    return {};
}

ApiReply preflight(const RouteMatch& match, const ApiRequest& request) {
    ApiReply reply;
    reply.status = 204;
    reply.text = "";
    reply.headers.emplace_back("Allow", match.allow);
    if (!request.headers.contains("origin")) return reply;
    reply.headers.emplace_back("Access-Control-Allow-Methods", match.allow);
    auto wanted = request.header("access-control-request-headers");
    if (wanted) reply.headers.emplace_back("Access-Control-Allow-Headers", *wanted);
    reply.headers.emplace_back("Access-Control-Max-Age", "600");
    return reply;
}

std::optional<Problem> check_headers(const ApiRequest& request) {
    auto key = request.header("idempotency-key");
    if (key && (key->empty() || key->size() > limits::idempotency_key_chars || !is_utf8(*key))) {
        auto rule = fmt::format("Idempotency-Key must have 1 to {} characters", limits::idempotency_key_chars);
        return invalid_input("invalid_value", {"headers", "idempotency-key"}, rule);
    }
    return {};
}

std::optional<ApiReply> find_route(const WebContext& context, const HttpHead& head, Admission& admission) {
    auto& request = admission.request;
    if (head.target == "*") return preflight({}, request);
    auto target = read_target(head.target);
    if (!target) return refuse(target.error());
    auto match = context.router.find(head.method, target->segments);
    if (!match.known_path()) return refuse(Problem("not_found", "there is no such route"));
    if (head.method == "OPTIONS") return preflight(match, request);
    if (!match.route) {
        auto reply = refuse(Problem("method_not_allowed", fmt::format("this route knows {}", match.allow)));
        reply.headers.emplace_back("Allow", match.allow);
        return reply;
    }
    admission.route = match.route;
    if (!match.route->hands_query_on) target->query = listed_only(std::move(target->query), match.route->query);
    request.query = std::move(target->query);
    request.verb = match.route->verb;
    request.params = std::move(match.params);
    request.route = fmt::format("{} {}", to_word(match.route->verb), match.route->pattern);
    request.runtime_method = match.route->runtime_method;
    auto wrong = check_headers(request);
    if (wrong) return refuse(*wrong);
    if (request.role < match.route->minimum) return refuse(Problem("forbidden", "your role does not reach this route"));
    return {};
}

}  // namespace

Admission admit(const WebContext& context, const HttpHead& head) {
    Admission admission;
    auto& request = admission.request;
    const auto& web = context.services.settings.web;
    admission.body_limit = web.max_body_bytes;
    admission.head_only = head.method == "HEAD";
    request.path = std::string(head.target.substr(0, head.target.find('?')));
    copy_headers(head, request);
    name_request(context, admission);
    auto foreign = check_source(context, admission);
    if (foreign) {
        admission.refusal = refuse(*foreign);
        return admission;
    }
    identify(request);
    admission.refusal = find_route(context, head, admission);
    if (admission.route && admission.route->body == Route::Body::bulk_json) admission.body_limit = web.max_bulk_body_bytes;
    return admission;
}

}  // namespace lanekeeper::web
