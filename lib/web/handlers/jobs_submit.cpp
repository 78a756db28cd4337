// /api/jobs: one job, many, or a workflow (job-orchestration.md, API Reference; jobs-family.md, Submit and Workflow).
#include "agents/sessions.hpp"
#include "base/limits.hpp"
#include "web/handlers/jobs.hpp"
#include "web/handlers/submission.hpp"
#include "web/idempotency.hpp"
#include "web/services.hpp"
#include "wire/submission_schema.hpp"
#include "wire/submitted_job.hpp"
#include "wire/submitted_workflow.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

/// How what was stored is answered. Pure: a repetition is answered from a record of it.
using Answer = ApiReply (*)(const std::vector<Job>& jobs);

ApiReply created(json::object body, const Job& job) {
    ApiReply reply(201, std::move(body));
    reply.headers.emplace_back("Location", "/api/jobs/" + job.id());
    return reply;
}

ApiReply one_answer(const std::vector<Job>& jobs) { return created(wire::submitted_job(jobs.front()), jobs.front()); }
ApiReply bulk_answer(const std::vector<Job>& jobs) { return ApiReply(201, wire::submitted_jobs(jobs)); }
ApiReply workflow_answer(const std::vector<Job>& jobs) { return created(wire::submitted_workflow(jobs), jobs.front()); }

/// A lane of a chat is for those of users.
Result<void> check_chats(const Services& services, const Batch& batch) {
    for (std::size_t i = 0; i < batch.jobs.size(); ++i) {
        auto session = owner_session(batch.jobs[i].owner);
        auto guarded = session ? services.sessions.require_user_session(*session) : Result<void>();
        if (guarded) continue;
        auto problem = guarded.error();
        if (batch.list) problem.details["index"] = i;
        return problem;
    }
    return {};
}

Task<ApiReply> submit(Services& services, std::optional<Claim> claim, Batch batch, Answer answer) {
    auto chats = check_chats(services, batch);
    if (!chats) co_return refuse(chats.error());
    if (claim)
        batch.keep_answer = [claim = *claim, answer](const std::vector<Job>& jobs) { return keep_answer(claim, answer(jobs)); };
    auto submitted = co_await services.queue.submit(std::move(batch));
    if (!submitted) co_return refuse(submitted.error());
    std::vector<Job> jobs;
    for (auto& one : *submitted) jobs.push_back(std::move(one.job));
    co_return answer(jobs);
}

Task<ApiReply> submit_job(Services& services, ApiRequest request) {
    auto submission = read_submission(request.body, services.time.wall());
    if (!submission) co_return refuse(submission.error());
    Batch batch;
    batch.jobs.push_back(std::move(*submission));
    auto reply = co_await submit(services, std::move(request.claim), std::move(batch), one_answer);
    co_return reply;
}

Task<ApiReply> submit_bulk(Services& services, ApiRequest request) {
    auto batch = read_bulk(request.body, services.time.wall());
    if (!batch) co_return refuse(batch.error());
    auto reply = co_await submit(services, std::move(request.claim), std::move(*batch), bulk_answer);
    co_return reply;
}

Task<ApiReply> submit_workflow(Services& services, ApiRequest request) {
    auto batch = read_workflow(request.body, services.time.wall());
    if (!batch) co_return refuse(batch.error());
    auto reply = co_await submit(services, std::move(request.claim), std::move(*batch), workflow_answer);
    co_return reply;
}

}  // namespace

std::span<const Route> job_submit_routes() {
    using enum Route::Body;
    constexpr auto needs = Route::Needs::queue;
    constexpr auto guard = Route::Guard::none;
    constexpr auto once = Route::Once::recorded;
    static const std::array routes = {
        Route{Verb::post, "/api/jobs", submit_job, Role::operator_, json, guard, needs, once}.accepting(wire::submission_schema),
        Route{Verb::post, "/api/jobs/bulk", submit_bulk, Role::operator_, bulk_json, guard, needs, once}
            .accepting(wire::bulk_schema)
            .taking_lines(limits::bulk_jobs),
        Route{Verb::post, "/api/jobs/workflow", submit_workflow, Role::operator_, bulk_json, guard, needs, once}
            .accepting(wire::workflow_schema),
    };
    return routes;
}

}  // namespace lanekeeper::web
