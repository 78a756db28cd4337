#include "jobs/file_change_explain.hpp"

#include "agents/chat_messages.hpp"
#include "agents/recall_run.hpp"
#include "agents/worker_turn.hpp"
#include "base/members.hpp"
#include "jobs/schemas.hpp"
#include "jobs/turn_job.hpp"
#include "transcript/rows.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

using transcript::Status;

const char* const agent = "explainer";
constexpr Millis shortest_timeout{90'000};
constexpr std::int64_t largest_count = std::int64_t(1) << 53;
constexpr std::size_t most_changes = 10'000;
constexpr std::size_t longest_text = 100'000;  // characters of an explanation; the rest is cut

Schema change_schema() {
    return Schema::object({
        required("path", Schema::string()),
        required("kind", Schema::word({"add", "update", "delete"})),
        optional_field("movePath", Schema::string().described("the new path of a renamed file")),
        required("diff", Schema::string().described("update: unified hunks; add, delete: the text of the file")),
    });
}

Schema payload_schema() {
    return Schema::object({
        required("projectId", id_schema().described("the owner of the lane")),
        required("sessionId", id_schema()),
        required("threadId", id_schema()),
        required("turnId", id_schema()),
        required("itemId", id_schema().described("the file change; the explanation stands behind its row")),
        required("changes", Schema::array(change_schema(), 1, most_changes)),
        required("truncated", Schema::boolean().described("the diffs were cut")),
        required("originalChars", Schema::integer(0, largest_count).described("their characters before that")),
    });
}

Schema result_schema() {
    return Schema::object({
        required("text", Schema::string(1, longest_text).described("Markdown")),
        required("source", Schema::string(1, 40).described("the runtime that wrote it")),
        required("truncated", Schema::boolean()),
    });
}

std::optional<std::string> dedupe_key(const json::object& payload) {
    return members::text(payload, "projectId") + ":" + members::text(payload, "threadId") + ":" +
           members::text(payload, "turnId") + ":" + members::text(payload, "itemId");
}

// ---- the turn

std::string prompt(const json::object& payload) {
    std::string text =
        "Explain the file changes below to somebody who reviews them, in short Markdown: what changed in each file and "
        "why it matters, and what to look at first.";
    if (members::flag(payload, "truncated")) text += " The diffs were cut: say so.";
    for (const auto& value : payload.at("changes").as_array()) {
        const auto& change = value.as_object();
        auto moved = members::text(change, "movePath");
        text += fmt::format("\n\n{} {}{}{}\n{}", members::text(change, "kind"), members::text(change, "path"),
                            moved.empty() ? "" : " → ", moved, members::text(change, "diff"));
    }
    return text;
}

TurnRequest turn_request(const json::object& payload) {
    json::object facts;
    facts["kind"] = "file_change_explain";
    facts["changes"] = payload.at("changes");
    facts["truncated"] = payload.at("truncated");
    TurnRequest request;
    request.text = prompt(payload);
    request.facts = std::move(facts);
    return request;
}

CompletedRun completed(const json::object& payload, const TurnResult& turn) {
    json::object result;
    result["text"] = first_chars(trimmed(turn.text), longest_text);
    result["source"] = turn.source;
    result["truncated"] = payload.at("truncated");
    return CompletedRun(std::move(result), turn.tokens);
}

Task<RunOutcome> run(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload) {
    SettleRules rules(deps.settings.agent);
    auto request = turn_request(payload);
    auto turn = co_await run_worker_turn(deps.workers, context, agent, std::move(request), rules);
    RunOutcome outcome = turn.snooze;
    if (turn.end == TurnResult::End::not_now) co_return outcome;
    if (trimmed(turn.text).empty()) throw JobFailure(ErrorClass::retryable, "empty_answer: the turn said nothing");
    outcome = completed(payload, turn);
    co_return outcome;
}

Task<std::optional<CompletedRun>> settle(JobDeps deps, Job job) {
    Job asked = job;
    auto turn = co_await recall_run(deps.sessions, deps.runtime, std::move(asked), agent);
    std::optional<CompletedRun> settled;
    if (turn && !trimmed(turn->text).empty()) settled = completed(job.payload, *turn);
    co_return settled;
}

// ---- its row

json::object details(const Job& job) {
    json::object details;
    details["anchorItemId"] = job.payload.at("itemId");
    details["jobId"] = job.id();
    details["source"] = nullptr;
    if (job.result) details["source"] = job.result->at("source");
    details["truncated"] = job.payload.at("truncated");
    details["originalChars"] = job.payload.at("originalChars");
    return details;
}

transcript::Entry row_of(const HookInput& input, Status status, std::string content) {
    const Job& job = input.job;
    transcript::Entry row;
    row.message_id = explain_row_id(job.payload);
    row.turn_id = members::text(job.payload, "turnId");
    row.type = "fileChange.explainability";
    row.content = std::move(content);
    row.details = json::serialize(details(job));
    row.started_at = to_ms(job.created_at);
    if (transcript::is_terminal(status)) row.completed_at = to_ms(input.at);
    row.status = status;
    return row;
}

// What a rollback or a deletion took away stays away.
Effects row_effects(const HookInput& input, Status status, std::string content) {
    auto row = row_of(input, status, std::move(content));
    Effects effects;
    transcript::update_own(effects, members::text(input.job.payload, "sessionId"), row);
    return effects;
}

// A payload that does not validate any more ends its job too: its row cannot be named, then.
Effects row_of_valid(const HookInput& input, Status status, std::string content) {
    static const Schema schema = payload_schema();
    if (!schema.check(input.job.payload).empty()) return {};
    return row_effects(input, status, std::move(content));
}

std::string first_line(const std::optional<std::string>& error) {
    auto text = error.value_or("unknown reason");
    return text.substr(0, text.find('\n'));
}

Effects on_queued(const HookInput& input) {
    const char* const content = "Waiting to be explained.";
    if (input.job.started_at) return row_effects(input, Status::streaming, content);
    Effects effects;
    auto row = row_of(input, Status::streaming, content);
    transcript::upsert_own(effects, members::text(input.job.payload, "sessionId"), row);
    return effects;
}

Effects on_started(const HookInput& input) {
    auto files = input.job.payload.at("changes").as_array().size();
    return row_effects(input, Status::streaming, fmt::format("Analyzing {} changed file{}.", files, files == 1 ? "" : "s"));
}

Effects on_completed(const HookInput& input) {
    return row_effects(input, Status::complete, members::text(*input.job.result, "text"));
}

Effects on_failed(const HookInput& input) {
    return row_of_valid(input, Status::error, "No explanation: " + first_line(input.job.error));
}

Effects on_canceled(const HookInput& input) {
    return row_of_valid(input, Status::canceled, "Explanation canceled: " + first_line(input.job.error));
}

}  // namespace

std::string explain_row_id(const json::object& payload) {
    return "file-change-explain-" + members::text(payload, "threadId") + "-" + members::text(payload, "turnId") + "-" +
           members::text(payload, "itemId");
}

Definition file_change_explain_definition(const JobDeps& deps) {
    auto definition = turn_job_definition("file_change_explain", deps, run, settle);
    definition.priority = background_priority;
    definition.payload_schema = payload_schema();
    definition.result_schema = result_schema();
    definition.dedupe.mode = DedupeMode::drop_duplicate;
    definition.dedupe.key = dedupe_key;
    definition.retry.backoff = Backoff::exponential(Millis{1000}, Millis{10000});
    definition.timeout = timeout_of_at_least(shortest_timeout, deps.settings);
    definition.on_shutdown = OnShutdown::requeue;
    definition.on_queued = on_queued;
    definition.on_started = on_started;
    definition.on_completed = on_completed;
    definition.on_failed = on_failed;
    definition.on_canceled = on_canceled;
    return definition;
}

}  // namespace lanekeeper
