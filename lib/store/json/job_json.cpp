#include "store/json/job_json.hpp"

#include <fmt/format.h>

#include <algorithm>
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

bool is_ours(const Dependency& dependency) { return job_key(dependency.id) == dependency.key; }

// As ids; with `dependencyKeys` beside them, our ids of the same jobs, when a client chose one of them.
void add_dependencies(json::object& file, const Job& job) {
    json::array ids, keys;
    for (const auto& dependency : job.dependencies) {
        ids.emplace_back(dependency.id);
        keys.emplace_back(job_id(dependency.key));
    }
    file["dependencies"] = std::move(ids);
    if (!std::ranges::all_of(job.dependencies, is_ours)) file["dependencyKeys"] = std::move(keys);
    file["openDependencies"] = job.open_dependencies;
}

void add_ours(json::object& file, const Job& job) {
    file["priorityNumber"] = job.priority;
    file["run"] = job.run;
    file["attemptReturned"] = job.attempt_returned;
    file["dedupeMatch"] = maybe(job.dedupe_match);
    file["nextAttemptAt"] = maybe(job.next_attempt_at);
    file["lastAttemptAt"] = maybe(job.last_attempt_at);
    file["cancelReason"] = maybe(job.cancel_reason);
    file["progress"] = job.progress;
    file["dispatch"] = job.dispatch;
    add_dependencies(file, job);
    file["workflowId"] = maybe(job.workflow_id);
    file["tokenUsage"] = job.token_usage;
    file["metadata"] = job.metadata;
    file["workerId"] = maybe(job.worker_id);
    file["scheduledFor"] = maybe(job.scheduled_for);
    file["expiresAt"] = maybe(job.expires_at);
    file["name"] = maybe(job.name);
    file["executor"] = maybe(job.executor);
    file["timeoutMs"] = job.timeout ? json::value(job.timeout->count()) : json::value();
    if (job.client_id) {
        file["clientId"] = *job.client_id;
        file["jobKey"] = job_id(job.key);
    }
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

std::int64_t read_key(std::string_view id) {
    auto key = job_key(id);
    if (!key) throw std::invalid_argument(fmt::format("{} is not a key", id));
    return *key;
}

void read_dependencies(const Members& members, Job& job) {
    auto* ids = members.find("dependencies");
    if (!ids) return;
    auto* keys = members.find("dependencyKeys");
    for (std::size_t i = 0; i < ids->as_array().size(); ++i) {
        std::string id(ids->as_array()[i].as_string());
        auto key = keys ? read_key(keys->as_array().at(i).as_string()) : job_key(id).value_or(0);
        job.dependencies.push_back(Dependency{key, std::move(id)});
    }
    job.open_dependencies = members.number("openDependencies", 0);
}

void read_ours(const Members& members, Job& job) {
    job.run = members.number("run", job.attempts);
    if (auto* returned = members.find("attemptReturned")) job.attempt_returned = returned->as_bool();
    job.dedupe_match = members.text("dedupeMatch").value_or("");
    job.cancel_reason = members.text("cancelReason");
    job.progress = members.any("progress");
    job.dispatch = members.any("dispatch");
    read_dependencies(members, job);
    job.name = members.text("name");
    job.executor = members.text("executor").value_or("");
    if (auto* timeout = members.find("timeoutMs")) job.timeout = Millis{timeout->to_number<std::int64_t>()};
    job.workflow_id = members.text("workflowId");
    job.token_usage = members.any("tokenUsage");
    job.metadata = members.any("metadata");
    job.worker_id = members.text("workerId");
}

void read_id(const Members& members, Job& job) {
    auto id = members.text("id").value_or("");
    if (auto own = members.text("clientId")) {
        job.client_id = std::move(own);
        job.key = read_key(members.text("jobKey").value_or(""));
        return;
    }
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
