#include "wire/submitted_job.hpp"

#include "job/aggregate.hpp"
#include "job/outcome.hpp"
#include "wire/or_null.hpp"

#include <algorithm>

namespace lanekeeper::wire {
namespace {

json::value duration(const Job& job) {
    if (!job.started_at || !job.completed_at) return nullptr;
    return std::max<std::int64_t>((*job.completed_at - *job.started_at).count(), 0);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return result;
}

}  // namespace

std::optional<JobState> read_status(std::string_view word) {
    auto status = lower(word);
    return job_state(status == "cancelled" ? "canceled" : status);
}

json::object submitted_job(const Job& job) {
    return {{"jobId", job.id()}, {"status", status_word(job.state)}, {"createdAt", iso(job.created_at)}};
}

json::object submitted_job_view(const Job& job, const json::value& dependency_results) {
    json::array dependencies;
    for (const auto& dependency : job.dependencies) dependencies.push_back(json::string(dependency.id));
    json::object view{
        {"jobId", job.id()},
        {"type", job.type},
        {"status", status_word(job.state)},
        {"result", or_null(job.result)},
        {"error", or_null(job.error)},
        {"tokenUsage", job.token_usage},
        {"duration", duration(job)},
        {"createdAt", iso(job.created_at)},
        {"startedAt", or_null(job.started_at)},
        {"completedAt", or_null(job.completed_at)},
        {"priority", job.priority},
        {"progress", job.progress},
        {"dependencies", std::move(dependencies)},
        {"attempts", job.attempts},
        {"maxAttempts", job.max_attempts},
        {"nextAttemptAt", or_null(job.next_attempt_at)},
        {"scheduledFor", or_null(job.scheduled_for)},
        {"expiresAt", or_null(job.expires_at)},
        {"workerId", or_null(job.worker_id)},
        {"workflowId", or_null(job.workflow_id)},
        {"metadata", job.metadata},
    };
    if (job.name) view["name"] = *job.name;
    if (is_aggregate(job)) view["progress"] = aggregate_progress(job);
    if (job.dedupe_key) view["dedupeKey"] = *job.dedupe_key;
    if (!job.owner.empty()) view["projectId"] = job.owner;
    if (!dependency_results.is_null()) view["dependencyResults"] = dependency_results;
    return view;
}

json::object claimed_job_view(const Job& job, const json::value& dependency_results) {
    auto view = submitted_job_view(job, dependency_results);
    view["payload"] = job.payload;
    if (const auto* prompt = job.payload.if_contains("prompt")) view["prompt"] = *prompt;
    view["timeout"] = job.timeout ? json::value(job.timeout->count()) : json::value();
    return view;
}

}  // namespace lanekeeper::wire
