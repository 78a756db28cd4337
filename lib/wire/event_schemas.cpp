#include "wire/event_schemas.hpp"

#include "base/limits.hpp"
#include "wire/question_schemas.hpp"
#include "wire/submission_schema.hpp"

#include <algorithm>

namespace lanekeeper::wire {
namespace {

Schema word(const char* only) { return Schema::word({only}); }

Schema seq() { return Schema::integer(1, std::int64_t(1) << 53).described("rises with every kept event"); }

Schema envelope(Schema type, Schema thread, Schema payload, Schema number) {
    return Schema::open_object({
        required("type", std::move(type)),
        required("threadId", std::move(thread)),
        required("payload", std::move(payload)),
        required("seq", std::move(number)),
    });
}

/// An event of a chat, kept for clients that return.
NamedSchema of_thread(const char* type, const char* about, Schema payload) {
    return {type, about, envelope(word(type), id_schema(), std::move(payload), seq())};
}

/// An event for everybody, kept too.
NamedSchema of_all(const char* type, const char* about, Schema thread, Schema payload) {
    return {type, about, envelope(word(type), std::move(thread), std::move(payload), seq())};
}

Schema job_payload(const char* state) {
    return Schema::open_object({
        required("jobId", id_schema()),
        required("projectId", id_schema()),
        required("jobType", text_schema()),
        required("state", word(state)),
        required("run", count_schema()),
        required("attempt", count_schema()),
        optional_field("sourceSessionId", id_schema()),
        optional_field("result", Schema::open_object({})),
        optional_field("error", text_schema()),
        optional_field("progress", Schema::any()),
        optional_field("nextAttemptAt", time_schema()),
        optional_field("requestKey", id_schema().described("suggest_reply: compare it with what you wait for")),
    });
}

NamedSchema job_event(const char* type, const char* state, const char* about) {
    auto thread = nullable_id_schema().described("the chat that the job came from");
    return {type, about, envelope(word(type), thread, job_payload(state), seq())};
}

/// An event of a job of the pool.
NamedSchema pool_event(const char* type, const char* about, Schema payload) {
    auto schema = Schema::open_object({
        required("type", word(type)),
        required("threadId", nullable_id_schema()),
        required("jobId", id_schema()),
        required("payload", std::move(payload)),
        required("seq", seq()),
    });
    std::string name = type;
    std::replace(name.begin(), name.end(), ':', '.');  // it is the name of a file, too
    return {std::move(name), about, std::move(schema)};
}

std::vector<NamedSchema> pool_events() {
    auto nothing = Schema::open_object({});
    auto failed = Schema::open_object({required("error", text_schema()), required("willRetry", Schema::boolean())});
    return {
        pool_event("job:created", "A job was submitted; the payload is the submission.", submission_schema()),
        pool_event("job:queued", "It waits for a worker: it is free to run, or it is tried again.", nothing),
        pool_event("job:started", "An attempt began; workerId is null where a lane runs it.", Schema::open_object({required("workerId", text_schema().nullable())})),
        pool_event("job:progress", "It says how far it is.", Schema::open_object({required("progress", Schema::any())})),
        pool_event("job:completed", "It ended well.", Schema::open_object({required("result", Schema::any())})),
        pool_event("job:failed", "An attempt failed; with willRetry it is tried again.", failed),
        pool_event("job:cancelled", "It was cancelled, or what it waited for was.", nothing),
        pool_event("job:expired", "Its time was up.", Schema::open_object({required("error", text_schema())})),
    };
}

Schema transcript_payload() {
    return Schema::open_object({
        required("threadId", id_schema()),
        required("turnId", id_schema()),
        required("messageId", id_schema()),
        required("type", text_schema()),
        required("entry", entry_schema()),
    });
}

Schema suggestion_payload() {
    return Schema::open_object({
        required("sessionId", id_schema()),
        required("requestKey", id_schema()),
        required("jobId", nullable_id_schema()),
        required("status", Schema::word({"streaming", "complete", "error", "canceled"})),
        required("suggestion", nullable_text_schema()),
        required("source", nullable_text_schema()),
        required("error", nullable_text_schema()),
        required("updatedAt", time_schema()),
    });
}

Schema app_server_payload() {
    auto context = Schema::open_object({required("threadId", id_schema()), required("turnId", nullable_id_schema())});
    auto session = Schema::open_object({
        required("id", id_schema()),
        required("title", text_schema()),
        required("projectId", nullable_id_schema()),
    });
    return Schema::open_object({
        required("source", word("app_server")),
        required("signalType", Schema::word({"notification", "request"})),
        required("eventType", text_schema()),
        required("method", text_schema()),
        required("receivedAt", time_schema()),
        required("context", std::move(context)),
        required("params", Schema::open_object({})),
        required("session", session.nullable()),
    });
}

std::vector<NamedSchema> runtime_events() {
    auto type = Schema::pattern(R"(app_server\.[a-z0-9_.]+)", "app_server. and the method, / as ., in snake_case");
    auto live = seq().nullable().described("null: live only, not kept");
    auto params = Schema::open_object({});
    auto notification = Schema::open_object({required("method", text_schema()), required("params", params)});
    auto live_only = seq().nullable().described("always null: live only, not kept");
    return {
        {"app_server", "A notification of the runtime, with where it belongs.",
         envelope(type, id_schema(), app_server_payload(), live)},
        {"notification", "The same notification as the runtime said it.",
         envelope(word("notification"), id_schema(), notification, live)},
        of_thread("turn_plan_updated", "The runtime's plan of a turn; the payload is what it said.", params),
        {"turn_diff_updated", "All changes of a turn so far; the payload is what the runtime said.",
         envelope(word("turn_diff_updated"), id_schema(), params, live_only)},
        {"thread_token_usage_updated", "What a thread has used; the payload is what the runtime said.",
         envelope(word("thread_token_usage_updated"), id_schema(), params, live_only)},
    };
}

std::vector<NamedSchema> broadcasts() {
    auto project = Schema::open_object({required("project", project_schema())});
    auto gone = Schema::open_object({required("projectId", id_schema())});
    auto moved = Schema::open_object({
        required("sessionId", id_schema()),
        required("projectId", nullable_id_schema()),
        required("previousProjectId", nullable_id_schema()),
    });
    auto deleted = Schema::open_object({
        required("sessionId", id_schema()),
        required("title", text_schema()),
        required("deletedAt", time_schema()),
    });
    auto nobody = Schema::any().nullable().described("null");
    return {
        of_all("project_upserted", "A project was made or changed.", nobody, project),
        of_all("project_deleted", "A project is gone.", nobody, gone),
        of_all("session_project_updated", "A chat belongs to another project, or to none.", id_schema(), moved),
        of_all("session_deleted", "A chat is gone.", id_schema(), deleted),
    };
}

/// `id` is that of the call. Where ok is false, `error`, `message` and `details` say why, and nothing else is there.
NamedSchema answer_to_worker(const char* type, const char* about, std::vector<Schema::Field> rest) {
    std::vector<Schema::Field> fields = {
        required("type", word(type)),
        required("id", Schema::any().described("of the call")),
        required("ok", Schema::boolean()),
        optional_field("error", text_schema()),
        optional_field("message", text_schema()),
        optional_field("details", Schema::open_object({})),
    };
    for (auto& field : rest) fields.push_back(std::move(field));
    return {type, about, Schema::open_object(std::move(fields))};
}

NamedSchema call_of_worker(const char* name, const char* about, bool of_job) {
    auto type = std::string("worker.") + name;
    std::vector<Schema::Field> fields = {
        required("type", word(type.c_str())),
        required("id", Schema::any().described("a text or a whole number of the worker's own")),
        required("workerId", id_schema()),
    };
    if (of_job) fields.push_back(required("jobId", id_schema()));
    if (of_job) fields.push_back(required("run", count_schema()));
    return {type, about, Schema::open_object(std::move(fields))};
}

}  // namespace

std::vector<NamedSchema> event_schemas() {
    std::vector<NamedSchema> all = {
        job_event("orchestrator_job_queued", "queued", "A job waits: it is new, or it is tried again."),
        job_event("orchestrator_job_started", "running", "An attempt began."),
        job_event("orchestrator_job_progress", "running", "A running job says how far it is."),
        job_event("orchestrator_job_completed", "completed", "A job ended well."),
        job_event("orchestrator_job_failed", "failed", "A job ended and is not tried again."),
        job_event("orchestrator_job_canceled", "canceled", "A job was canceled."),
        of_thread("transcript_updated", "A row that is not the runtime's own was written.", transcript_payload()),
        of_thread("suggested_request_updated", "A suggested reply, as it stands.", suggestion_payload()),
    };
    for (auto& question : question_payloads())
        all.push_back(of_thread(question.name.c_str(), question.about.c_str(), std::move(question.schema)));
    for (auto group : {pool_events(), runtime_events(), broadcasts()})
        for (auto& schema : group) all.push_back(std::move(schema));
    return all;
}

std::vector<NamedSchema> stream_schemas() {
    auto position = count_schema().described("the last event that was kept at that moment");
    auto threads = Schema::array(id_schema());
    auto message = [](const char* type, std::vector<Schema::Field> rest) {
        std::vector<Schema::Field> fields = {required("type", word(type))};
        for (auto& field : rest) fields.push_back(std::move(field));
        return Schema::open_object(std::move(fields));
    };
    return {
        {"ready", "The first message of every stream.",
         message("ready", {required("threadId", nullable_id_schema()), required("seq", position),
                           required("epoch", id_schema())})},
        {"subscribed", "Answers subscribe.",
         message("subscribed", {required("threadIds", threads), required("seq", position)})},
        {"unsubscribed", "Answers unsubscribe; only broadcasts follow.",
         message("unsubscribed", {required("threadIds", threads), required("seq", position)})},
        {"resync", "What was missed cannot be told: read over REST, and go on from seq.",
         message("resync", {required("oldest", count_schema()), required("seq", position), required("epoch", id_schema())})},
        {"pong", "Answers ping.", message("pong", {})},
        {"error", "Answers what is not a command.", message("error", {required("message", text_schema())})},
        answer_to_worker("worker.claim", "A job to run, or null when none came in time.",
                         {optional_field("job", claimed_job_schema().nullable()), optional_field("run", count_schema()),
                          optional_field("leaseExpiresAt", time_schema())}),
        answer_to_worker("worker.heartbeat", "How long the lease lasts now, and whether the run is to end.",
                         {optional_field("leaseExpiresAt", time_schema()), optional_field("cancelRequested", Schema::boolean()),
                          optional_field("reason", text_schema())}),
        answer_to_worker("worker.progress", "It is written.", {optional_field("status", word("ok"))}),
        answer_to_worker("worker.complete", "The job has completed.", {optional_field("status", word("ok"))}),
        answer_to_worker("worker.fail", "The attempt has failed.",
                         {optional_field("status", word("ok")), optional_field("willRetry", Schema::boolean())}),
    };
}

std::vector<NamedSchema> command_schemas() {
    auto since = optional_field("since", count_schema().nullable());
    auto epoch = optional_field("epoch", nullable_text_schema());
    auto threads = Schema::array(id_schema(), 1, limits::ws_threads);
    return {
        {"subscribe", "Hear these threads instead, from since on: give threadId or threadIds.",
         Schema::open_object({required("type", word("subscribe")), optional_field("threadId", id_schema()),
                              optional_field("threadIds", threads), since, epoch})},
        {"unsubscribe", "Hear broadcasts only.", Schema::open_object({required("type", word("unsubscribe"))})},
        {"ping", "Ask for a pong.", Schema::open_object({required("type", word("ping"))})},
        call_of_worker("claim", "As POST /api/workers/claim, answered by id; the socket goes on meanwhile.", false),
        call_of_worker("heartbeat", "As POST /api/workers/jobs/:jobId/heartbeat.", true),
        call_of_worker("progress", "As POST /api/workers/jobs/:jobId/progress.", true),
        call_of_worker("complete", "As POST /api/workers/jobs/:jobId/complete.", true),
        call_of_worker("fail", "As POST /api/workers/jobs/:jobId/fail.", true),
    };
}

}  // namespace lanekeeper::wire
