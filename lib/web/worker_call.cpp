#include "web/worker_call.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/admission.hpp"
#include "web/input.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::web {
namespace {

constexpr std::string_view prefix = "worker.";
constexpr std::array<std::string_view, 5> calls = {"claim", "heartbeat", "progress", "complete", "fail"};
constexpr const char* family = "/api/workers";

bool is_id(const json::value& id) {
    return id.is_int64() || (id.is_string() && !id.get_string().empty() && id.get_string().size() <= limits::request_id_chars);
}

/// What the answer begins with.
json::object head_of(const json::object& call, bool ok) {
    const auto* id = call.if_contains("id");
    return {{"type", call.at("type")}, {"id", id && is_id(*id) ? *id : json::value()}, {"ok", ok}};
}

json::object spoken(const json::object& call, ApiReply reply) {
    auto told = in_words_of(family, std::move(reply));
    auto answer = head_of(call, told.status < 300);
    if (told.status == 204) answer["job"] = nullptr;
    if (const auto* body = told.body.if_object())
        for (const auto& [name, value] : *body) answer[name] = value;
    return answer;
}

/// The segments of the route that takes it; or which member is missing.
Result<std::vector<std::string>> place_of(const json::object& call, const std::string& word) {
    const auto* id = call.if_contains("id");
    if (!id || !is_id(*id)) return invalid_input(id ? "invalid_value" : "required", {"id"}, "must be a text of 1 to 128 bytes, or a whole number");
    std::vector<std::string> segments{"api", "workers"};
    if (word != calls[0]) {
        auto job = members::text(call, "jobId");
        if (job.empty()) return invalid_input("required", {"jobId"}, "is required");
        segments.insert(segments.end(), {"jobs", job});
    }
    segments.push_back(word);
    return segments;
}

/// The members that the route reads.
std::string body_of(json::object call) {
    for (const char* ours : {"type", "id", "jobId"}) call.erase(ours);
    return json::serialize(call);
}

Admission admission_of(const WebContext& context, const std::vector<std::string>& segments, Worker worker) {
    Admission admission;
    auto match = context.router.find("POST", segments);
    admission.route = match.route;
    auto& request = admission.request;
    request.verb = Verb::post;
    request.params = std::move(match.params);
    request.path = std::string(match.route->pattern);
    request.route = "POST " + request.path;
    request.headers["content-type"] = "application/json";
    request.request_id = new_id("req", context.services.time.wall(), context.services.random);
    request.role = worker.role;
    request.caller = std::move(worker.caller);
    request.presence = std::move(worker.presence);
    return admission;
}

}  // namespace

bool is_worker_call(std::string_view type) {
    if (!type.starts_with(prefix)) return false;
    return std::find(calls.begin(), calls.end(), type.substr(prefix.size())) != calls.end();
}

bool waits(const json::object& call) { return call.at("type") == "worker.claim"; }

json::object refuse_worker_call(const json::object& call, const Problem& problem) { return spoken(call, refuse(problem)); }

Task<json::object> answer_worker_call(const WebContext& context, json::object call, Worker worker) {
    auto word = members::text(call, "type").substr(prefix.size());
    auto place = place_of(call, word);
    if (!place) co_return refuse_worker_call(call, place.error());
    auto admission = admission_of(context, *place, std::move(worker));
    if (admission.request.role < admission.route->minimum)
        co_return refuse_worker_call(call, Problem("forbidden", "your role does not reach this"));
    auto body = body_of(call);
    auto reply = co_await answer(context, std::move(admission), BodyState::complete, std::move(body));
    co_return spoken(call, std::move(reply));
}

}  // namespace lanekeeper::web
