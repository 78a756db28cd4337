// /api/workers: jobs for workers in any language (jobs-family.md).
#include "base/limits.hpp"
#include "base/members.hpp"
#include "jobs/dependency_results.hpp"
#include "web/input.hpp"
#include "web/routes.hpp"
#include "web/services.hpp"
#include "wire/submitted_job.hpp"
#include "wire/worker_schemas.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

ApiReply done() { return ApiReply(200, json::object{{"status", "ok"}}); }

HeldRun held_run(const ApiRequest& request, const json::object& body) {
    return HeldRun(request.param("jobId"), members::text(body, "workerId"), int(members::integer(body, "run")));
}

ClaimRequest claim_request(const ApiRequest& request, const json::object& body) {
    ClaimRequest claim;
    claim.worker_id = members::text(body, "workerId");
    for (const auto& type : body.at("types").as_array()) claim.types.emplace_back(type.as_string());
    claim.wait = std::chrono::seconds(members::integer(body, "wait"));
    if (body.contains("leaseMs")) claim.lease = Millis(members::integer(body, "leaseMs"));
    claim.presence = request.presence;
    return claim;
}

ApiReply no_job() {
    ApiReply reply;
    reply.status = 204;
    reply.text = "";
    return reply;
}

Task<ApiReply> claim(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::claim_schema());
    if (!body) co_return refuse(body.error());
    auto wanted = claim_request(request, *body);
    auto claimed = co_await services.queue.claims().claim(std::move(wanted));
    if (!claimed) co_return refuse(claimed.error());
    if (!*claimed) co_return no_job();
    auto& given = **claimed;
    Job job = given.job;
    auto results = co_await dependency_results(services.queue, std::move(job));
    json::object said{{"job", wire::claimed_job_view(given.job, results)},
                      {"run", given.job.run},
                      {"leaseExpiresAt", iso(given.lease_expires_at)}};
    co_return ApiReply(200, std::move(said));
}

Task<ApiReply> heartbeat(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::heartbeat_schema());
    if (!body) co_return refuse(body.error());
    auto held = held_run(request, *body);
    auto lease = co_await services.queue.claims().heartbeat(std::move(held));
    if (!lease) co_return refuse(lease.error());
    json::object said{{"leaseExpiresAt", iso(lease->expires_at)}, {"cancelRequested", lease->cancel_requested}};
    if (lease->reason) said["reason"] = *lease->reason;
    co_return ApiReply(200, std::move(said));
}

Task<ApiReply> progress(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::progress_schema());
    if (!body) co_return refuse(body.error());
    json::value progress = body->at("progress");
    if (json::serialize(progress).size() > limits::job_progress)
        co_return refuse(invalid_input("too_big", {"progress"}, "must have at most 16 KiB as JSON"));
    auto held = held_run(request, *body);
    auto written = co_await services.queue.claims().progress(std::move(held), std::move(progress));
    if (!written) co_return refuse(written.error());
    co_return done();
}

CompletedRun completed_run(const json::object& body) {
    const auto& result = body.at("result");
    CompletedRun completed(result.is_object() ? result.as_object() : json::object{{"output", result}});
    if (const auto* usage = body.if_contains("tokenUsage")) completed.token_usage = *usage;
    return completed;
}

Task<ApiReply> complete(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::complete_schema());
    if (!body) co_return refuse(body.error());
    auto completed = completed_run(*body);
    if (json::serialize(completed.result).size() > limits::job_result)
        co_return refuse(invalid_input("too_big", {"result"}, "must have at most 1 MiB as JSON"));
    auto held = held_run(request, *body);
    auto ended = co_await services.queue.claims().complete(std::move(held), std::move(completed));
    if (!ended) co_return refuse(ended.error());
    co_return done();
}

Result<RemoteFailure> read_failure(const json::object& body) {
    RemoteFailure failure;
    failure.error = members::text(body, "error");
    if (body.contains("retryable")) failure.retryable = members::flag(body, "retryable");
    auto until = members::text_or_nothing(body, "snoozeUntil");
    if (!until) return failure;
    failure.snooze_until = parse_iso(*until);
    if (!failure.snooze_until)
        return invalid_input("invalid_value", {"snoozeUntil"}, "must be an ISO-8601 time with its zone, such as 2026-01-31T08:00:00Z");
    return failure;
}

Task<ApiReply> fail(Services& services, ApiRequest request) {
    auto body = read_body(request, wire::fail_schema());
    if (!body) co_return refuse(body.error());
    auto failure = read_failure(*body);
    if (!failure) co_return refuse(failure.error());
    auto held = held_run(request, *body);
    auto again = co_await services.queue.claims().fail(std::move(held), std::move(*failure));
    if (!again) co_return refuse(again.error());
    json::object said{{"status", "ok"}, {"willRetry", *again}};
    co_return ApiReply(200, std::move(said));
}

constexpr Route post(std::string_view pattern, Handler handler, const Schema& (*schema)()) {
    Route route{Verb::post, pattern, handler, Role::operator_, Route::Body::json, Route::Guard::none, Route::Needs::queue};
    return route.accepting(schema);
}

}  // namespace

std::span<const Route> worker_routes() {
    static const std::array routes = {
        post("/api/workers/claim", claim, wire::claim_schema).watching(),
        post("/api/workers/jobs/:jobId/heartbeat", heartbeat, wire::heartbeat_schema),
        post("/api/workers/jobs/:jobId/progress", progress, wire::progress_schema),
        post("/api/workers/jobs/:jobId/complete", complete, wire::complete_schema),
        post("/api/workers/jobs/:jobId/fail", fail, wire::fail_schema),
    };
    return routes;
}

}  // namespace lanekeeper::web
