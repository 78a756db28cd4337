// Suggested replies (api.md 4): `suggested-reply` and, under its later name, `suggested-request`.
#include "agents/suggestions.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/input.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

const Schema& click_schema() {
    static const Schema schema = Schema::object({
        optional_field("model", Schema::line(1, 200)),
        optional_field("effort", Schema::line(1, 40)),
        optional_field("draft", Schema::string(0, limits::draft_chars)),
    });
    return schema;
}

const Schema& upsert_schema() {
    static const Schema schema = Schema::object({
        required("requestKey", Schema::line(1, limits::thread_id_chars)),
        required("status", Schema::word({"streaming", "complete", "error", "canceled"})),
        optional_field("suggestion", Schema::string(0, limits::suggestion_chars)),
        optional_field("error", Schema::string(0, limits::job_error_chars)),
    });
    return schema;
}

Result<SuggestClick> read_click(const ApiRequest& request) {
    auto body = read_body(request, click_schema());
    if (!body) return body.error();
    SuggestClick click;
    click.session_id = request.param("id");
    click.model = members::text_or_nothing(*body, "model");
    click.effort = members::text_or_nothing(*body, "effort");
    click.draft = members::text_or_nothing(*body, "draft");
    click.idempotency = idempotency_claim(request, queued_answer);
    click.metadata = job_metadata(request);
    return click;
}

Task<ApiReply> post_job(Services& services, ApiRequest request) {
    auto click = read_click(request);
    if (!click) co_return refuse(click.error());
    auto answer = co_await services.suggestions.click(std::move(*click));
    if (!answer) co_return refuse(answer.error());
    co_return ApiReply(202, queued_answer(answer->enqueued));
}

// A job that ended without a suggestion says so in `state`, beside the 202 that the contract has.
ApiReply reply_of(const SuggestAnswer& answer) {
    if (answer.completed()) return ApiReply(200, completed_answer(answer.job));
    auto body = queued_answer(answer.enqueued);
    if (answer.job.key != 0) body["state"] = to_word(answer.job.state);
    return ApiReply(202, std::move(body));
}

Task<ApiReply> post_and_wait(Services& services, ApiRequest request) {
    auto click = read_click(request);
    if (!click) co_return refuse(click.error());
    auto answer = co_await services.suggestions.click_and_wait(std::move(*click));
    if (!answer) co_return refuse(answer.error());
    co_return reply_of(*answer);
}

ApiReply needs_suggestion() {
    return refuse(invalid_input("required", {"suggestion"}, "a complete request has a suggestion"));
}

Task<ApiReply> post_upsert(Services& services, ApiRequest request) {
    auto body = read_body(request, upsert_schema());
    if (!body) co_return refuse(body.error());
    SuggestionState state;
    state.session_id = request.param("id");
    state.request_key = members::text(*body, "requestKey");
    state.status = members::text(*body, "status");
    state.suggestion = members::text_or_nothing(*body, "suggestion");
    state.error = members::text_or_nothing(*body, "error");
    if (state.status == "complete" && !state.suggestion) co_return needs_suggestion();
    state.source = "worker";
    auto record = co_await services.suggestions.upsert(std::move(state));
    if (!record) co_return refuse(record.error());
    json::object reply;
    reply["status"] = "ok";
    reply["sessionId"] = request.param("id");
    reply["requestKey"] = members::text(*body, "requestKey");
    reply["request"] = std::move(*record);
    co_return ApiReply(200, std::move(reply));
}

constexpr Route job_route(std::string_view pattern, Handler handler) {
    return Route{Verb::post, pattern, handler, Role::operator_, Route::Body::optional_json, Route::Guard::user_session,
                 Route::Needs::queue, Route::Once::by_queue}
        .accepting(click_schema)
        .offering(Route::Feature::suggested_replies);
}

constexpr std::array routes = {
    job_route("/api/sessions/:id/suggested-reply/jobs", post_job),
    job_route("/api/sessions/:id/suggested-request/jobs", post_job),
    job_route("/api/sessions/:id/suggested-reply", post_and_wait),
    job_route("/api/sessions/:id/suggested-request", post_and_wait),
    Route{Verb::post, "/api/sessions/:id/suggested-request/upsert", post_upsert, Role::operator_, Route::Body::json,
          Route::Guard::user_session}
        .accepting(upsert_schema)
        .offering(Route::Feature::suggested_replies),
};

}  // namespace

std::span<const Route> suggestion_routes() { return routes; }

}  // namespace lanekeeper::web
