#include "store/json/job_json.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace lanekeeper {
namespace {

json::value maybe(const std::optional<std::string>& text) { return text ? json::value(*text) : json::value(); }
json::value maybe(const std::optional<WallTime>& time) { return time ? json::value(iso(*time)) : json::value(); }
json::value maybe(const std::string& text) { return text.empty() ? json::value() : json::value(text); }

// Reads members that may be missing or null.
class Members {
public:
    explicit Members(const json::object& object) : object_(object) {}
    const json::value* find(std::string_view name) const {
        auto* value = object_.if_contains(name);
        return value && !value->is_null() ? value : nullptr;
    }
    std::optional<std::string> text(std::string_view name) const {
        auto* value = find(name);
        if (!value) return {};
        return std::string(value->as_string());
    }
    int number(std::string_view name, int otherwise) const {
        auto* value = find(name);
        return value ? value->to_number<int>() : otherwise;
    }
    std::optional<WallTime> time(std::string_view name) const {
        auto written = text(name);
        if (!written) return {};
        auto time = parse_iso(*written);
        if (!time) throw std::invalid_argument(fmt::format("{} is not a time", name));
        return time;
    }
    json::value any(std::string_view name) const {
        auto* value = find(name);
        return value ? *value : json::value();
    }

private:
    const json::object& object_;
};

void add_ours(json::object& file, const Job& job) {
    json::array dependencies;
    for (const auto& id : job.dependencies) dependencies.emplace_back(id);
    file["priorityNumber"] = job.priority;
    file["run"] = job.run;
    file["attemptReturned"] = job.attempt_returned;
    file["dedupeMatch"] = maybe(job.dedupe_match);
    file["nextAttemptAt"] = maybe(job.next_attempt_at);
    file["lastAttemptAt"] = maybe(job.last_attempt_at);
    file["cancelReason"] = maybe(job.cancel_reason);
    file["progress"] = job.progress;
    file["dispatch"] = job.dispatch;
    file["dependencies"] = std::move(dependencies);
    file["workflowId"] = maybe(job.workflow_id);
    file["tokenUsage"] = job.token_usage;
    file["metadata"] = job.metadata;
    file["workerId"] = maybe(job.worker_id);
    file["scheduledFor"] = maybe(job.scheduled_for);
    file["expiresAt"] = maybe(job.expires_at);
}

JobState read_state(const Members& members) {
    auto word = members.text("state").value_or("");
    auto state = job_state(word);
    if (!state) throw std::invalid_argument(fmt::format("no such state: {}", word));
    return *state;
}

int read_priority(const Members& members) {
    auto word = members.text("priority").value_or("background");
    return members.number("priorityNumber", word == "interactive" ? interactive_priority : background_priority);
}

void read_times(const Members& members, Job& job) {
    job.created_at = members.time("createdAt").value_or(WallTime{});
    job.started_at = members.time("startedAt");
    job.completed_at = members.time("completedAt");
    job.cancel_requested_at = members.time("cancelRequestedAt");
    job.next_attempt_at = members.time("nextAttemptAt");
    job.last_attempt_at = members.time("lastAttemptAt");
    job.scheduled_for = members.time("scheduledFor");
    job.expires_at = members.time("expiresAt");
}

void read_ours(const Members& members, Job& job) {
    job.run = members.number("run", job.attempts);
    if (auto* returned = members.find("attemptReturned")) job.attempt_returned = returned->as_bool();
    job.dedupe_match = members.text("dedupeMatch").value_or("");
    job.cancel_reason = members.text("cancelReason");
    job.progress = members.any("progress");
    job.dispatch = members.any("dispatch");
    if (auto* list = members.find("dependencies"))
        for (const auto& id : list->as_array()) job.dependencies.emplace_back(id.as_string());
    job.workflow_id = members.text("workflowId");
    job.token_usage = members.any("tokenUsage");
    job.metadata = members.any("metadata");
    job.worker_id = members.text("workerId");
}

void read_id(const Members& members, Job& job) {
    auto id = members.text("id").value_or("");
    if (auto key = job_key(id)) {
        job.key = *key;
        return;
    }
    if (!job.metadata.is_object()) job.metadata = json::object{};
    job.metadata.as_object()["importedId"] = id;
}

}  // namespace

json::object file_job(const Job& job) {
    json::object file;
    file["id"] = job.id();
    file["type"] = job.type;
    file["version"] = job.version;
    file["projectId"] = job.owner;
    file["sourceSessionId"] = maybe(job.source_session_id);
    file["priority"] = to_word(job.job_class());
    file["state"] = to_word(job.state);
    file["dedupeKey"] = maybe(job.dedupe_key);
    file["payload"] = job.payload;
    file["result"] = job.result ? json::value(*job.result) : json::value();
    file["error"] = maybe(job.error);
    file["attempts"] = job.attempts;
    file["maxAttempts"] = job.max_attempts;
    file["createdAt"] = iso(job.created_at);
    file["startedAt"] = maybe(job.started_at);
    file["completedAt"] = maybe(job.completed_at);
    file["cancelRequestedAt"] = maybe(job.cancel_requested_at);
    file["runningContext"] = json::object{{"threadId", maybe(job.running.thread_id)}, {"turnId", maybe(job.running.turn_id)}};
    add_ours(file, job);
    return file;
}

Job read_file_job(const json::value& value) {
    Members members(value.as_object());
    Job job;
    job.type = members.text("type").value_or("");
    if (job.type.empty()) throw std::invalid_argument("a job without a type");
    job.version = members.number("version", 1);
    job.owner = members.text("projectId").value_or("");
    job.source_session_id = members.text("sourceSessionId");
    job.priority = read_priority(members);
    job.state = read_state(members);
    job.dedupe_key = members.text("dedupeKey");
    job.payload = members.find("payload") ? members.find("payload")->as_object() : json::object{};
    if (auto* result = members.find("result")) job.result = result->as_object();
    job.error = members.text("error");
    job.attempts = members.number("attempts", 0);
    job.max_attempts = members.number("maxAttempts", 1);
    if (auto* running = members.find("runningContext")) {
        Members context(running->as_object());
        job.running = RunningContext{context.text("threadId").value_or(""), context.text("turnId").value_or("")};
    }
    read_times(members, job);
    read_ours(members, job);
    read_id(members, job);
    return job;
}

}  // namespace lanekeeper
