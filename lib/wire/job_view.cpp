#include "wire/job_view.hpp"

#include "base/ids.hpp"
#include "wire/or_null.hpp"

namespace lanekeeper::wire {
namespace {

json::value null_if_empty(const std::string& text) {
    if (text.empty()) return nullptr;
    return json::string(text);
}

void add_times(json::object& view, const Job& job) {
    view["createdAt"] = iso(job.created_at);
    view["startedAt"] = or_null(job.started_at);
    view["completedAt"] = or_null(job.completed_at);
    view["cancelRequestedAt"] = or_null(job.cancel_requested_at);
    view["nextAttemptAt"] = or_null(job.next_attempt_at);
    view["lastAttemptAt"] = or_null(job.last_attempt_at);
    view["scheduledFor"] = or_null(job.scheduled_for);
    view["expiresAt"] = or_null(job.expires_at);
}

void add_extensions(json::object& view, const Job& job) {
    json::array dependencies;
    for (const auto& dependency : job.dependencies) dependencies.push_back(json::string(dependency.id));
    view["cancelReason"] = or_null(job.cancel_reason);
    view["progress"] = job.progress;
    view["dispatch"] = job.dispatch;
    view["dependencies"] = std::move(dependencies);
    view["workflowId"] = or_null(job.workflow_id);
    view["tokenUsage"] = job.token_usage;
    view["metadata"] = job.metadata;
    view["workerId"] = or_null(job.worker_id);
}

}  // namespace

std::string_view state_word(JobState state) {
    if (state == JobState::pending) return to_word(JobState::queued);
    if (state == JobState::expired) return to_word(JobState::failed);
    return to_word(state);
}

json::object job_view(const Job& job, Reader reader) {
    RunningContext shown;
    if (reader == Reader::operator_) shown = job.running;
    json::object view{
        {"id", job.id()},
        {"type", job.type},
        {"version", job.version},
        {"projectId", job.owner},
        {"sourceSessionId", or_null(job.source_session_id)},
        {"priority", to_word(job.job_class())},
        {"state", state_word(job.state)},
        {"dedupeKey", or_null(job.dedupe_key)},
        {"payload", job.payload},
        {"result", or_null(job.result)},
        {"error", or_null(job.error)},
        {"run", job.run},
        {"attempts", job.attempts},
        {"maxAttempts", job.max_attempts},
        {"runningContext",
         {{"threadId", null_if_empty(shown.thread_id)}, {"turnId", null_if_empty(shown.turn_id)}}},
    };
    add_times(view, job);
    add_extensions(view, job);
    return view;
}

json::object job_list(const std::vector<Job>& jobs, const std::optional<std::int64_t>& next, Reader reader) {
    json::array data;
    for (const auto& job : jobs) data.push_back(job_view(job, reader));
    json::value cursor;
    if (next) cursor = json::string(job_id(*next));
    return {{"data", std::move(data)}, {"nextCursor", std::move(cursor)}};
}

}  // namespace lanekeeper::wire
