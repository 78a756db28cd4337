// /api/jobs as a whole: the list, its health, its workers (jobs-family.md).
#include "base/ids.hpp"
#include "base/limits.hpp"
#include "web/handlers/jobs.hpp"
#include "web/input.hpp"
#include "web/services.hpp"
#include "wire/submitted_job.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::web {
namespace {

constexpr std::int64_t list_default = 50, list_most = 1000, offset_most = 10'000;

constexpr QueryParameter list_limit() {
    QueryParameter limit{"limit", QueryParameter::Form::number, "how many at most in one reply; more than 1000 are 1000"};
    limit.otherwise = list_default;
    return limit.from_to(1, 1'000'000);
}

constexpr std::array list_query = {
    list_limit(), page_cursor,
    QueryParameter{"status", QueryParameter::Form::text, "pending, queued, running, completed, failed, cancelled or expired, in any case"},
    QueryParameter{"type", QueryParameter::Form::text, "only jobs of this type"},
    QueryParameter{"workflowId", QueryParameter::Form::text, "only jobs of this workflow"},
    QueryParameter{"projectId", QueryParameter::Form::text, "only jobs of this project's lane"},
    QueryParameter{"offset", QueryParameter::Form::number, "how many to pass over; in a long list a cursor is faster"}
        .from_to(0, offset_most)};

Result<JobQuery> read_query(const ApiRequest& request) {
    JobQuery query;
    query.newest_first = true;
    query.type = read_text(request, list_query[3]);
    query.workflow_id = read_text(request, list_query[4]);
    query.owner = read_text(request, list_query[5]);
    query.any_owner = !query.owner;
    auto limit = read_limit(request, list_query[0]);
    if (!limit) return limit.error();
    query.limit = std::min<std::size_t>(*limit, list_most);
    if (auto status = read_text(request, list_query[2])) {
        query.state = wire::read_status(*status);
        if (!query.state) return invalid_input("invalid_value", {"query", "status"}, "is not a status of a job");
    }
    if (auto cursor = read_cursor(request)) {
        auto key = job_key(*cursor);
        if (!key) return bad_cursor();
        query.after = *key;
    }
    return query;
}

Result<std::size_t> read_offset(const ApiRequest& request) {
    auto offset = read_number(request, list_query[6]);
    if (!offset) return offset.error();
    if (offset->value_or(0) > offset_most) return invalid_input("invalid_value", {"query", "offset"}, "must be 0 to 10000");
    return std::size_t(offset->value_or(0));
}

std::int64_t count(const StoreCounts& counts, JobState state) {
    auto found = counts.by_state.find(state);
    return found == counts.by_state.end() ? 0 : found->second;
}

/// Exact where it is counted anyway.
json::value total(const StoreCounts& counts, const JobQuery& query) {
    if (query.type || query.workflow_id || query.owner) return nullptr;
    if (query.state) return count(counts, *query.state);
    std::int64_t all = 0;
    for (const auto& [state, number] : counts.by_state) all += number;
    return all;
}

Task<ApiReply> list_jobs(Services& services, ApiRequest request) {
    auto query = read_query(request);
    if (!query) co_return refuse(query.error());
    auto offset = read_offset(request);
    if (!offset) co_return refuse(offset.error());
    auto asked = *query;
    asked.limit += *offset;
    auto page = co_await services.queue.list(std::move(asked));
    json::array jobs;
    for (std::size_t i = *offset; i < page.jobs.size(); ++i) jobs.push_back(wire::submitted_job_view(page.jobs[i], nullptr));
    json::value next;
    if (page.next) next = json::string(job_id(*page.next));
    json::object body{{"jobs", std::move(jobs)},
                      {"total", total(services.store.counts(), *query)},
                      {"limit", query->limit},
                      {"nextCursor", std::move(next)}};
    co_return ApiReply(200, std::move(body));
}

json::object queue_figures(const StoreCounts& counts) {
    auto blocked = count(counts, JobState::pending), queued = count(counts, JobState::queued);
    return {{"pending", blocked + queued},
            {"queued", queued},
            {"blocked", blocked},
            {"running", count(counts, JobState::running)},
            {"completed24h", counts.completed_24h}};
}

json::value average(std::int64_t sum, std::int64_t number) {
    if (number == 0) return nullptr;
    return sum / number;
}

Task<ApiReply> get_health(Services& services, ApiRequest) {
    auto counts = services.store.counts();
    auto pool = co_await services.queue.pool();
    auto busy = std::count_if(pool.workers.begin(), pool.workers.end(), [](const auto& worker) { return worker.busy; });
    auto unhealthy = std::count_if(pool.workers.begin(), pool.workers.end(), [](const auto& worker) { return worker.unhealthy; });
    auto all = std::int64_t(pool.workers.size()) - unhealthy;
    busy -= unhealthy;  // each has a job, until that is taken from it
    json::object throughput{{"jobsPerMinute", services.queue.completed_per_minute()},
                            {"avgDurationMs", average(counts.completed_24h_run_ms, counts.completed_24h)}};
    json::object body{{"queue", queue_figures(counts)},
                      {"workers", {{"active", all}, {"idle", all - busy}, {"unhealthy", unhealthy}}},
                      {"throughput", std::move(throughput)},
                      {"lanes", {{"open", counts.owners_with_open_jobs}}}};
    co_return ApiReply(200, std::move(body));
}

json::object worker_view(const PoolWorkerView& worker) {
    json::value job;
    if (worker.job_id) job = json::string(*worker.job_id);
    return {{"workerId", worker.id},
            {"kind", "pool"},
            {"status", worker.unhealthy ? "unhealthy" : worker.busy ? "busy" : "idle"},
            {"lastHeartbeatAt", iso(worker.last_beat)},
            {"jobId", std::move(job)},
            {"jobs", {{"completed", worker.completed}, {"failed", worker.failed}, {"failedInARow", worker.failed_in_a_row}}},
            {"tokens", {{"input", worker.tokens_in}, {"output", worker.tokens_out}}}};
}

json::object remote_worker_view(const RemoteWorkerView& worker) {
    json::array types, jobs;
    for (const auto& type : worker.types) types.push_back(json::string(type));
    for (const auto& job : worker.job_ids) jobs.push_back(json::string(job));
    return {{"workerId", worker.id},
            {"kind", "remote"},
            {"status", jobs.empty() ? "idle" : "busy"},
            {"types", std::move(types)},
            {"jobIds", std::move(jobs)},
            {"lastHeardAt", iso(worker.heard_at)}};
}

Task<ApiReply> get_workers(Services& services, ApiRequest) {
    auto pool = co_await services.queue.pool();
    json::array workers;
    for (const auto& worker : pool.workers) workers.push_back(worker_view(worker));
    auto remote = co_await services.queue.claims().workers();
    for (const auto& worker : remote) workers.push_back(remote_worker_view(worker));
    json::object body{{"workers", std::move(workers)}, {"paused", pool.paused}, {"draining", pool.draining}};
    co_return ApiReply(200, std::move(body));
}

}  // namespace

std::span<const Route> job_list_routes() {
    static const std::array routes = {
        Route{Verb::get, "/api/jobs", list_jobs}.taking(list_query),
        Route{Verb::get, "/api/jobs/health", get_health},
        Route{Verb::get, "/api/jobs/workers", get_workers},
    };
    return routes;
}

}  // namespace lanekeeper::web
