// /api/jobs: read, cancel, retry (job-orchestration.md, API Reference; jobs-family.md).
#include "web/handlers/jobs.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "job/outcome.hpp"
#include "jobs/dependency_chain.hpp"
#include "jobs/dependency_results.hpp"
#include "web/handlers/chat_of_job.hpp"
#include "web/input.hpp"
#include "web/services.hpp"
#include "wire/submitted_job.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

Problem unknown_job(const std::string& id) { return Problem("not_found", "there is no such job", {{"jobId", id}}); }

Task<ApiReply> get_job(Services& services, ApiRequest request) {
    auto wait = read_wait(request);
    if (!wait) co_return refuse(wait.error());
    const auto& id = request.param("jobId");
    std::optional<Job> job;
    if (*wait) job = co_await services.queue.wait_terminal(id, **wait);
    else job = co_await services.queue.get(id);
    if (!job) co_return refuse(unknown_job(id));
    json::value results;
    if (job->started_at) results = co_await dependency_results(services.queue, *job);  // what it was given when it began
    co_return ApiReply(200, wire::submitted_job_view(*job, results));
}

json::object status_body(const Job& job) { return {{"jobId", job.id()}, {"status", status_word(job.state)}}; }

const Schema& retry_body() {
    static const Schema schema = Schema::object({
        optional_field("cascade", Schema::boolean().described("also those that ended because it had: they wait for it again")),
    });
    return schema;
}

/// Cancelled again is as good as cancelled; another end stands.
Task<ApiReply> say_ended(Services& services, std::string id, Problem problem) {
    if (problem.code == "not_found") co_return refuse(unknown_job(id));
    if (problem.code != "already_terminal") co_return refuse(problem);
    auto job = co_await services.queue.get(id);
    if (job && job->state == JobState::canceled) co_return ApiReply(200, status_body(*job));
    if (job) problem.details = {{"job", status_body(*job)}};
    co_return refuse(problem);
}

Task<ApiReply> cancel_job(Services& services, ApiRequest request) {
    const auto& id = request.param("jobId");
    auto job = co_await services.queue.cancel(id, "user_requested");
    if (!job) {
        auto said = co_await say_ended(services, id, job.error());
        co_return said;
    }
    if (is_terminal(job->state)) co_return ApiReply(200, status_body(*job));
    auto ended = co_await services.queue.wait_terminal(id, limits::long_poll);
    co_return ApiReply(200, status_body(ended ? *ended : *job));
}

Task<ApiReply> retry_job(Services& services, ApiRequest request) {
    auto body = read_body(request, retry_body());
    if (!body) co_return refuse(body.error());
    const auto& id = request.param("jobId");
    auto before = co_await services.queue.get(id);
    auto guarded = require_chat_of(services, before);
    if (!guarded) co_return refuse(guarded.error());
    bool cascade = members::flag(*body, "cascade");
    auto job = co_await services.queue.retry(id, cascade);
    if (!job && job.error().code == "not_found") co_return refuse(unknown_job(id));
    if (!job) co_return refuse(job.error());
    co_return ApiReply(200, status_body(*job));
}

json::array in_short(const std::vector<Job>& jobs) {
    json::array list;
    for (const auto& job : jobs) {
        json::array dependencies;
        for (const auto& dependency : job.dependencies) dependencies.push_back(json::string(dependency.id));
        json::object one = status_body(job);
        one["type"] = job.type;
        one["dependencies"] = std::move(dependencies);
        list.push_back(std::move(one));
    }
    return list;
}

Task<ApiReply> get_dependencies(Services& services, ApiRequest request) {
    const auto& id = request.param("jobId");
    auto job = co_await services.queue.get(id);
    if (!job) co_return refuse(unknown_job(id));
    auto found = co_await dependency_chain(services.store, *job);
    json::object body{{"jobId", job->id()}, {"chain", in_short(found.chain)}, {"dependents", in_short(found.dependents)}};
    if (found.cut) body["truncated"] = true;
    co_return ApiReply(200, std::move(body));
}

constexpr std::array wait_query = {wait_parameter};

}  // namespace

std::span<const Route> job_life_routes() {
    constexpr auto optional_json = Route::Body::optional_json;
    constexpr auto needs = Route::Needs::queue;
    constexpr auto guard = Route::Guard::none;
    static const std::array routes = {
        Route{Verb::get, "/api/jobs/:jobId", get_job}.taking(wait_query),
        Route{Verb::del, "/api/jobs/:jobId", cancel_job, Role::operator_, optional_json, guard, needs}.accepting(any_body),
        Route{Verb::post, "/api/jobs/:jobId/cancel", cancel_job, Role::operator_, optional_json, guard, needs}.accepting(any_body),
        Route{Verb::get, "/api/jobs/:jobId/dependencies", get_dependencies},
        Route{Verb::post, "/api/jobs/:jobId/retry", retry_job, Role::operator_, optional_json, guard, needs}.accepting(retry_body),
    };
    return routes;
}

std::span<const Route> jobs_routes() {
    static const auto routes = [] {
        std::vector<Route> all;
        for (auto part : {job_list_routes(), job_submit_routes(), job_life_routes()}) all.insert(all.end(), part.begin(), part.end());
        return all;
    }();
    return routes;
}

}  // namespace lanekeeper::web
