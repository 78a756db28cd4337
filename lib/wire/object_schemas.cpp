#include "wire/object_schemas.hpp"

#include "base/limits.hpp"

namespace lanekeeper::wire {
namespace {

constexpr std::int64_t largest = std::int64_t(1) << 53;  // what every JSON reader keeps exact

Schema free_object() { return Schema::open_object({}); }
Schema states() { return Schema::word({"queued", "running", "completed", "failed", "canceled"}); }
Schema milliseconds() { return Schema::integer(0, largest).described("ms since the epoch"); }
Schema seconds() { return Schema::integer(0, largest).described("s since the epoch"); }

Schema dispatch() {
    return Schema::open_object({
        required("rule", Schema::string()),
        required("waitMs", count_schema()),
        required("passedOver", count_schema()),
    });
}

Schema controls() {
    return Schema::open_object({
        required("model", nullable_text_schema()),
        required("approvalPolicy", text_schema()),
        required("networkAccess", text_schema()),
        required("filesystemSandbox", text_schema()),
        required("settings", free_object()),
    });
}

Schema turn() {
    return Schema::open_object({
        required("id", id_schema()),
        required("origin", Schema::word({"runtime", "external"})),
        required("status", Schema::word({"inProgress", "completed", "interrupted", "failed"})),
        required("startedAt", milliseconds()),
        optional_field("completedAt", milliseconds()),
        optional_field("error", text_schema()),
        optional_field("implied", Schema::boolean().described("nobody said that it began")),
    });
}

std::vector<Schema::Field> job_fields() {
    return {
        required("id", id_schema()),
        required("type", text_schema()),
        required("version", count_schema()),
        required("projectId", id_schema().described("the owner of the lane: a project, or session:<sessionId>")),
        required("sourceSessionId", nullable_id_schema()),
        required("priority", Schema::word({"interactive", "background"})),
        required("state", states()),
        required("dedupeKey", nullable_text_schema()),
        required("payload", free_object()),
        required("result", free_object().nullable()),
        required("error", nullable_text_schema().described("a reason word first")),
        required("run", count_schema().described("starts ever")),
        required("attempts", count_schema().described("of the budget, spent")),
        required("maxAttempts", count_schema()),
        required("runningContext", Schema::open_object({required("threadId", nullable_id_schema()),
                                                        required("turnId", nullable_id_schema())})),
    };
}

void add_times(std::vector<Schema::Field>& fields) {
    fields.push_back(required("createdAt", time_schema()));
    for (const char* name : {"startedAt", "completedAt", "cancelRequestedAt", "nextAttemptAt", "lastAttemptAt",
                             "scheduledFor", "expiresAt"})
        fields.push_back(required(name, nullable_time_schema()));
}

void add_extensions(std::vector<Schema::Field>& fields) {
    fields.push_back(required("cancelReason", nullable_text_schema()));
    fields.push_back(required("progress", Schema::any()));
    fields.push_back(required("dispatch", dispatch().nullable().described("why it was chosen when it started")));
    fields.push_back(required("dependencies", Schema::array(id_schema())));
    fields.push_back(required("workflowId", nullable_id_schema()));
    fields.push_back(required("tokenUsage", Schema::any()));
    fields.push_back(required("metadata", Schema::any()));
    fields.push_back(required("workerId", nullable_id_schema()));
}

std::vector<Schema::Field> submitted_job_fields() {
    auto usage = Schema::open_object({required("input", count_schema()), required("output", count_schema())});
    auto status = Schema::word({"pending", "queued", "running", "completed", "failed", "cancelled", "expired"});
    return {
        required("jobId", id_schema()),
        required("type", text_schema()),
        required("status", std::move(status)),
        required("result", Schema::open_object({}).nullable()),
        required("error", nullable_text_schema().described("a reason word first")),
        required("tokenUsage", usage.nullable().described("null where the runtime does not count")),
        required("duration", count_schema().nullable().described("ms from its start to its end")),
        required("createdAt", time_schema()),
        required("startedAt", nullable_time_schema()),
        required("completedAt", nullable_time_schema()),
        required("nextAttemptAt", nullable_time_schema()),
        required("scheduledFor", nullable_time_schema()),
        required("expiresAt", nullable_time_schema()),
        required("priority", Schema::integer(0, 10)),
        required("progress", Schema::any().described("what it last said; of a workflow {total, ended, open}")),
        required("dependencies", Schema::array(id_schema())),
        optional_field("dependencyResults", Schema::open_object({}).described("by job id, {output, status, truncated?}: from the first attempt on")),
        required("attempts", count_schema()),
        required("maxAttempts", count_schema()),
        required("workerId", nullable_id_schema()),
        required("workflowId", nullable_id_schema()),
        required("metadata", Schema::any()),
        optional_field("name", text_schema()),
        optional_field("dedupeKey", text_schema().described("of a slot of a schedule: schedule:<scheduleId>:<slot>")),
        optional_field("projectId", id_schema().described("the lane that it obeys")),
    };
}

}  // namespace

Schema id_schema() { return Schema::string(1, limits::thread_id_chars); }
Schema time_schema() {
    return Schema::pattern(R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)", "a time in UTC, with milliseconds");
}
Schema text_schema() { return Schema::string(0, limits::mib * 64); }
Schema count_schema() { return Schema::integer(0, largest); }
Schema nullable_id_schema() { return id_schema().nullable(); }
Schema nullable_text_schema() { return text_schema().nullable(); }
Schema nullable_time_schema() { return time_schema().nullable(); }

Schema job_schema() {
    auto fields = job_fields();
    add_times(fields);
    add_extensions(fields);
    return Schema::open_object(std::move(fields));
}

Schema submitted_job_schema() { return Schema::open_object(submitted_job_fields()); }

Schema claimed_job_schema() {
    auto fields = submitted_job_fields();
    fields.push_back(required("payload", Schema::open_object({})));
    fields.push_back(optional_field("prompt", text_schema()));
    fields.push_back(required("timeout", count_schema().nullable().described("ms that a run may take")));
    return Schema::open_object(std::move(fields));
}

Schema schedule_object_schema() {
    auto trouble = Schema::open_object({required("error", text_schema()), required("message", text_schema())});
    return Schema::open_object({
        required("scheduleId", id_schema()),
        required("name", text_schema()),
        required("cron", text_schema()),
        required("timezone", text_schema()),
        required("job", Schema::open_object({}).described("the submission that each slot makes")),
        required("overlap", Schema::word({"skip", "queue"})),
        required("missed", Schema::word({"once", "none"})),
        required("enabled", Schema::boolean()),
        required("createdAt", time_schema()),
        required("updatedAt", time_schema()),
        required("nextRunAt", nullable_time_schema().described("the slot that waits for its job, else the next one; null while it is not enabled")),
        required("lastRunAt", nullable_time_schema()),
        required("lastJobId", nullable_id_schema()),
        required("lastSlot", nullable_time_schema()),
        required("lastSkippedAt", nullable_time_schema().described("the last slot that got no job because one was still open")),
        required("lastError", trouble.nullable().described("why the slot that is due has no job yet")),
    });
}

Schema jobs_error_schema() {
    return Schema::open_object({
        required("error", text_schema().described("a word that does not change")),
        optional_field("message", text_schema().described("for people")),
        optional_field("details", Schema::open_object({})),
    });
}

Schema session_schema() {
    return Schema::open_object({
        required("sessionId", id_schema()),
        required("title", text_schema()),
        required("materialized", Schema::boolean().described("something was said in it")),
        required("modelProvider", text_schema()),
        required("approvalPolicy", text_schema()),
        required("sessionControls", controls()),
        required("createdAt", seconds()),
        required("updatedAt", seconds()),
        required("cwd", nullable_text_schema()),
        required("source", text_schema()),
        required("projectId", nullable_id_schema()),
        required("archived", Schema::boolean()),
        optional_field("systemOwned", Schema::boolean().described("only on hidden ones, which operators may read")),
        optional_field("owner", id_schema()),
        optional_field("agent", text_schema()),
    });
}

Schema project_schema() {
    return Schema::open_object({
        required("projectId", id_schema()),
        required("name", text_schema()),
        required("workingDirectory", nullable_text_schema()),
        required("createdAt", time_schema()),
        required("updatedAt", time_schema()),
    });
}

Schema entry_schema() {
    return Schema::open_object({
        required("messageId", id_schema()),
        required("turnId", id_schema()),
        required("role", Schema::word({"user", "assistant", "system"})),
        required("type", text_schema()),
        required("content", text_schema()),
        optional_field("details", text_schema().described("a JSON object as text")),
        optional_field("startedAt", milliseconds()),
        optional_field("completedAt", milliseconds()),
        required("status", Schema::word({"streaming", "complete", "canceled", "error"})),
    });
}

Schema thread_schema() {
    return Schema::open_object({
        required("id", id_schema()),
        required("name", text_schema()),
        required("modelProvider", text_schema()),
        required("cwd", nullable_text_schema()),
        required("source", text_schema()),
        required("createdAt", seconds()),
        required("updatedAt", seconds()),
        required("status", Schema::open_object({required("type", Schema::word({"active", "idle"}))})),
        required("activeTurnId", nullable_id_schema()),
        required("turns", Schema::array(turn())),
    });
}

Schema lane_schema() {
    return Schema::open_object({
        required("owner", id_schema()),
        required("queued", count_schema()),
        required("running", count_schema()),
        required("oldestWaitMs", count_schema()),
        required("paused", Schema::boolean()),
        required("draining", Schema::boolean()),
    });
}

Schema error_schema() {
    auto step = Schema::any().described("a member's name or an index");
    auto issue = Schema::open_object({
        required("code", text_schema()),
        required("path", Schema::array(step)),
        required("message", text_schema()),
    });
    return Schema::open_object({
        required("status", text_schema().described("error, not_found, deleted, locked, or a route's own word")),
        optional_field("code", text_schema()),
        optional_field("message", text_schema()),
        optional_field("issues", Schema::array(issue)),
    });
}

std::vector<NamedSchema> object_schemas() {
    return {
        {"approval", "Something that waits for a decision.", approval_schema()},
        {"claimed-job", "The same as a submitted job, for the worker that is to run it.", claimed_job_schema()},
        {"entry", "A row of a transcript.", entry_schema()},
        {"error", "A refusal. Further members belong to its code.", error_schema()},
        {"job", "A job of a lane. Every member is there, null where it has not happened.", job_schema()},
        {"jobs-error", "A refusal of the routes below /api/jobs.", jobs_error_schema()},
        {"lane", "What waits and runs for one owner.", lane_schema()},
        {"project", "A project, which owns a lane.", project_schema()},
        {"schedule", "What makes a job at each of its slots.", schedule_object_schema()},
        {"session", "A chat, as lists and replies show it.", session_schema()},
        {"submitted-job", "A job as /api/jobs shows it. Every member is there, null where it has not happened.", submitted_job_schema()},
        {"thread", "The turns of a chat.", thread_schema()},
        {"tool-call", "A call of a client's tool that waits for its result.", tool_call_schema()},
        {"tool-input", "Questions of a tool that wait for answers.", tool_input_schema()},
    };
}

}  // namespace lanekeeper::wire
