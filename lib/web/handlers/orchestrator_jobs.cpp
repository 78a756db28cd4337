// Jobs of lanes (api.md 5): enqueue, read, cancel, retry, list.
#include "web/handlers/orchestrator.hpp"

#include "agents/projects.hpp"
#include "agents/sessions.hpp"
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "jobs/instruction_targets.hpp"
#include "web/handlers/chat_of_job.hpp"
#include "web/input.hpp"
#include "wire/job_view.hpp"
#include "wire/submitted_job.hpp"

#include <array>
#include <vector>

namespace lanekeeper::web {
namespace {

Problem unknown_job(const std::string& id) { return Problem("not_found", "there is no such job", {{"jobId", id}}); }

const Schema& enqueue_schema() {
    static const Schema schema = Schema::object({
        required("type", Schema::line(1, 128)),
        required("projectId", Schema::line(1, limits::owner_id_chars + 16)),
        optional_field("sourceSessionId", Schema::line(1, limits::thread_id_chars).nullable()),
        required("payload", Schema::open_object({})),
    });
    return schema;
}

Result<void> check_type(const Services& services, const std::string& type) {
    auto definition = services.registry.find(type);
    if (!definition) return invalid_input("invalid_value", {"type"}, "there is no such job type");
    if (!definition->api_trigger) return invalid_input("invalid_value", {"type"}, "this type is not enqueued over the API");
    return {};
}

/// A lane is named by any well-formed project id, stored or not, or by an existing user's session.
Result<void> check_owner(const Services& services, const std::string& owner) {
    if (!is_well_formed_owner(owner))
        return invalid_input("invalid_value", {"projectId"},
                             "projectId must be 1 to 128 of A-Z a-z 0-9 _ . - and not \"pool\", or session:<sessionId>");
    auto session = owner_session(owner);
    if (session) return services.sessions.require_user_session(*session);
    return {};
}

Result<EnqueueRequest> read_enqueue(const Services& services, const ApiRequest& request) {
    auto body = read_body(request, enqueue_schema());
    if (!body) return body.error();
    EnqueueRequest enqueue;
    enqueue.type = std::string(body->at("type").as_string());
    enqueue.owner = std::string(body->at("projectId").as_string());
    enqueue.payload = std::move(body->at("payload").as_object());
    enqueue.metadata = job_metadata(request);
    auto type = check_type(services, enqueue.type);
    if (!type) return type.error();
    auto owner = check_owner(services, enqueue.owner);
    if (!owner) return owner.error();
    auto* source = body->if_contains("sourceSessionId");
    if (!source || source->is_null()) return enqueue;
    enqueue.source_session_id = std::string(source->as_string());
    auto guarded = services.sessions.require_user_session(*enqueue.source_session_id);
    if (!guarded) return guarded.error();
    return enqueue;
}

json::object queued_body(const Enqueued& enqueued) {
    return {
        {"status", "queued"},
        {"jobId", enqueued.job.id()},
        {"projectId", enqueued.job.owner},
        {"dedupe", enqueued.how == Enqueued::How::enqueued ? "enqueued" : "already_queued"},
    };
}

wire::Reader reader_of(const ApiRequest& request) {
    return request.role >= Role::operator_ ? wire::Reader::operator_ : wire::Reader::user;
}

json::object ok_body(const ApiRequest& request, const Job& job) {
    return {{"status", "ok"}, {"job", wire::job_view(job, reader_of(request))}};
}

/// No job writes over what the runtime says. What a payload is otherwise held to, the queue finds out.
Task<std::optional<Problem>> check_targets(Services& services, EnqueueRequest enqueue) {
    std::optional<Problem> problem;
    static const Schema schema = instruction_payload_schema();
    if (enqueue.type != "agent_instruction" || !schema.check(enqueue.payload).empty()) co_return problem;
    auto instruction = read_instruction(enqueue.payload);
    auto refused = co_await refused_target(services.sessions, std::move(instruction));
    if (!refused) co_return problem;
    problem.emplace("invalid_request", "the request does not validate");
    json::array path{"payload", "supplementalTargets", refused->index, "messageId"};
    problem->issues.emplace_back("invalid_value", std::move(path), refused->rule);
    co_return problem;
}

Task<ApiReply> post_job(Services& services, ApiRequest request) {
    auto enqueue = read_enqueue(services, request);
    if (!enqueue) co_return refuse(enqueue.error());
    auto target = co_await check_targets(services, *enqueue);
    if (target) co_return refuse(*target);
    enqueue->idempotency = idempotency_claim(request, queued_body);
    auto enqueued = co_await services.queue.enqueue(std::move(*enqueue));
    if (!enqueued) co_return refuse(enqueued.error());
    auto body = enqueued->replayed ? std::move(*enqueued->replayed) : queued_body(*enqueued);
    co_return ApiReply(202, std::move(body));
}

Task<ApiReply> get_job(Services& services, ApiRequest request) {
    auto wait = read_wait(request);
    if (!wait) co_return refuse(wait.error());
    const auto& id = request.param("jobId");
    std::optional<Job> job;
    if (*wait) job = co_await services.queue.wait_terminal(id, **wait);
    else job = co_await services.queue.get(id);
    if (!job) co_return refuse(unknown_job(id));
    co_return ApiReply(200, ok_body(request, *job));
}

/// What the queue refuses, with what clients expect beside it.
Task<Problem> describe_refusal(Services& services, std::string id, wire::Reader reader, Problem problem) {
    if (problem.code == "not_found") problem.details["jobId"] = id;
    if (problem.code != "already_terminal" || problem.details.contains("job")) co_return problem;
    auto job = co_await services.queue.get(id);
    if (job) problem.details["job"] = wire::job_view(*job, reader);
    co_return problem;
}

Task<ApiReply> cancel_job(Services& services, ApiRequest request) {
    auto wait = read_wait(request);
    if (!wait) co_return refuse(wait.error());
    const auto& id = request.param("jobId");
    auto job = co_await services.queue.cancel(id, "user_requested");
    if (!job) {
        auto problem = co_await describe_refusal(services, id, reader_of(request), job.error());
        co_return refuse(problem);
    }
    if (!*wait || is_terminal(job->state)) co_return ApiReply(200, ok_body(request, *job));
    auto ended = co_await services.queue.wait_terminal(id, **wait);
    co_return ApiReply(200, ok_body(request, ended ? *ended : *job));
}

Task<ApiReply> retry_job(Services& services, ApiRequest request) {
    const auto& id = request.param("jobId");
    auto before = co_await services.queue.get(id);
    auto guarded = require_chat_of(services, before);
    if (!guarded) co_return refuse(guarded.error());
    auto job = co_await services.queue.retry(id, false);
    if (!job) {
        auto problem = co_await describe_refusal(services, id, reader_of(request), job.error());
        co_return refuse(problem);
    }
    json::object body{{"status", "queued"}, {"job", wire::job_view(*job, reader_of(request))}};
    co_return ApiReply(202, std::move(body));
}

constexpr std::array wait_query = {wait_parameter};
constexpr std::array list_query = {
    page_limit(limits::page_default, limits::page_max), page_cursor,
    QueryParameter{"state", QueryParameter::Form::text,
                   "queued, running, completed, failed or canceled, in any case; pending and expired for a part of queued and failed"}};

/// What is shown as `state` is what is asked for by it ("queue/job_events.hpp").
std::vector<JobState> states_shown_as(JobState state) {
    if (state == JobState::queued) return {JobState::pending, JobState::queued};
    if (state == JobState::failed) return {JobState::failed, JobState::expired};
    return {state};
}

Result<JobQuery> read_query(const ApiRequest& request) {
    JobQuery query;
    query.owner = request.param("id");
    auto limit = read_limit(request, list_query[0]);
    if (!limit) return limit.error();
    query.limit = *limit;
    if (auto word = read_text(request, list_query[2])) {
        auto state = wire::read_status(*word);
        if (!state) return invalid_input("invalid_value", {"query", "state"}, "is not a state of a job");
        query.states = states_shown_as(*state);
    }
    if (auto cursor = read_cursor(request)) {
        auto key = job_key(*cursor);
        if (!key) return bad_cursor();
        query.after = *key;
    }
    return query;
}

/// Who never had a job here must at least be somebody.
Result<void> require_owner(const Services& services, const std::string& owner) {
    auto session = owner_session(owner);
    if (session) return services.sessions.require_user_session(*session);
    return services.projects.require_project(owner);
}

Task<ApiReply> list_jobs(Services& services, ApiRequest request) {
    auto query = read_query(request);
    if (!query) co_return refuse(query.error());
    const auto& owner = request.param("id");
    bool whole = query->wants_all_states() && query->after == 0;
    if (!is_well_formed_owner(owner)) co_return refuse(Problem("not_found", "there is no such project", {{"projectId", owner}}));
    auto page = co_await services.queue.list(std::move(*query));
    if (page.jobs.empty() && whole) {
        auto known = require_owner(services, owner);
        if (!known) co_return refuse(known.error());
    }
    co_return ApiReply(200, wire::job_list(page.jobs, page.next, reader_of(request)));
}

}  // namespace

const std::vector<Route>& job_routes() {
    using enum Route::Body;
    constexpr auto needs = Route::Needs::queue;
    constexpr auto guard = Route::Guard::none;
    constexpr auto once = Route::Once::no;
    constexpr auto reply = Route::Kind::reply;
    static const std::vector<Route> routes = {
        {Verb::post, "/api/orchestrator/jobs", post_job, Role::operator_, json, guard, needs, Route::Once::by_queue, reply, {},
         enqueue_schema},
        Route{Verb::get, "/api/orchestrator/jobs/:jobId", get_job}.taking(wait_query),
        Route{Verb::post, "/api/orchestrator/jobs/:jobId/cancel", cancel_job, Role::operator_, optional_json, guard, needs}
            .accepting(any_body)
            .taking(wait_query),
        {Verb::post, "/api/orchestrator/jobs/:jobId/retry", retry_job, Role::operator_, optional_json, guard, needs, once, reply, {},
         any_body},
        Route{Verb::get, "/api/projects/:id/orchestrator/jobs", list_jobs}.taking(list_query),
    };
    return routes;
}

}  // namespace lanekeeper::web
