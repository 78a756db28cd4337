#include "jobs/suggest_reply.hpp"

#include "agents/chat_messages.hpp"
#include "agents/recall_run.hpp"
#include "agents/suggestion_state.hpp"
#include "agents/worker_turn.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "jobs/schemas.hpp"
#include "jobs/turn_job.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

const char* const agent = "supervisor";

Schema payload_schema() {
    return Schema::object({
        required("requestKey", id_schema().described("names the request; the suggestion is stored under it")),
        required("sessionId", id_schema().described("the chat whose composer waits")),
        required("projectId", id_schema().described("the owner of the lane")),
        optional_field("model", Schema::string(1, 200)),
        optional_field("effort", Schema::string(1, 40)),
        optional_field("draft", Schema::string(0, limits::draft_chars).described("what the user has typed so far")),
    });
}

Schema result_schema() {
    return Schema::object({
        required("suggestion", Schema::string(1, limits::suggestion_chars)),
        required("requestKey", id_schema()),
        required("source", Schema::string(1, 40).described("the runtime that made it, or fallback")),
    });
}

std::optional<std::string> dedupe_key(const json::object& payload) {
    return members::text(payload, "projectId") + ":" + members::text(payload, "sessionId") + ":suggest_reply";
}

std::string dedupe_match(const json::object& payload) { return members::text(payload, "sessionId"); }

// ---- the turn

std::string prompt(const std::vector<ChatMessage>& chat, const std::string& draft) {
    std::string text =
        "Suggest the next message that the user could send in the conversation below: one or two sentences, in the "
        "user's voice and language, without quotation marks or comment.";
    if (!draft.empty()) text += "\n\nThe user has begun to type this; complete it:\n" + draft;
    text += "\n\nThe conversation, oldest message first:";
    for (const auto& message : chat) text += "\n\n" + message.role + ":\n" + message.text;
    return text;
}

json::value facts(const std::vector<ChatMessage>& chat, const std::string& draft) {
    json::array transcript;
    for (const auto& message : chat) transcript.push_back(json::object{{"role", message.role}, {"text", message.text}});
    json::object facts;
    facts["kind"] = "suggest_reply";
    facts["transcript"] = std::move(transcript);
    facts["draft"] = draft;
    return facts;
}

TurnRequest turn_request(const json::object& payload, const std::vector<ChatMessage>& chat) {
    auto draft = members::text(payload, "draft");
    TurnRequest request;
    request.text = prompt(chat, draft);
    request.facts = facts(chat, draft);
    request.model = members::text_or_nothing(payload, "model");
    request.effort = members::text_or_nothing(payload, "effort");
    return request;
}

CompletedRun completed(const json::object& payload, const TurnResult& turn, const std::vector<ChatMessage>& chat) {
    auto said = trimmed(turn.text);
    json::object result;
    result["suggestion"] = said.empty() ? json::string(fallback_suggestion(chat, members::text(payload, "draft")))
                                        : json::string(first_chars(said, limits::suggestion_chars));
    result["requestKey"] = payload.at("requestKey");
    result["source"] = said.empty() ? "fallback" : turn.source;
    return CompletedRun(std::move(result), turn.tokens);
}

Task<RunOutcome> run(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload) {
    auto entries = co_await deps.sessions.transcript(members::text(payload, "sessionId"));
    auto chat = last_messages(entries);
    auto request = turn_request(payload, chat);
    SettleRules rules(deps.settings.agent);
    rules.answer_within = deps.settings.suggest.request_wait;
    // A turn that stalls ends with the fallback, like any other that is late: somebody waits for it.
    rules.empty_turn_grace = std::max(rules.empty_turn_grace, *rules.answer_within);
    auto turn = co_await run_worker_turn(deps.workers, context, agent, std::move(request), rules);
    RunOutcome outcome = completed(payload, turn, chat);
    if (turn.end == TurnResult::End::not_now) outcome = turn.snooze;
    co_return outcome;
}

Task<std::optional<CompletedRun>> settle(JobDeps deps, Job job) {
    Job asked = job;
    auto turn = co_await recall_run(deps.sessions, deps.runtime, std::move(asked), agent);
    std::optional<CompletedRun> settled;
    if (turn && !trimmed(turn->text).empty()) settled = completed(job.payload, *turn, {});
    co_return settled;
}

// ---- what clients see of it

Effects state_effects(const HookInput& input, const char* status) {
    const Job& job = input.job;
    SuggestionState state;
    state.session_id = members::text(job.payload, "sessionId");
    state.request_key = members::text(job.payload, "requestKey");
    state.job_id = job.id();
    state.status = status;
    state.error = job.error;
    if (job.state == JobState::completed && job.result) {
        state.suggestion = members::text_or_nothing(*job.result, "suggestion");
        state.source = members::text_or_nothing(*job.result, "source");
        state.error.reset();
    }
    Effects effects;
    // A job can end because its payload does not validate any more: then there is no record to write.
    if (!state.session_id.empty() && !state.request_key.empty()) put_suggestion(effects, state, input.at);
    return effects;
}

Hook shows(const char* status) {
    return [status](const HookInput& input) { return state_effects(input, status); };
}

}  // namespace

Definition suggest_reply_definition(const JobDeps& deps) {
    auto definition = turn_job_definition("suggest_reply", deps, run, settle);
    definition.priority = interactive_priority;
    definition.payload_schema = payload_schema();
    definition.result_schema = result_schema();
    definition.dedupe.mode = DedupeMode::single_flight;
    definition.dedupe.key = dedupe_key;
    definition.dedupe.match = dedupe_match;
    definition.retry.backoff = Backoff::exponential(Millis{500}, Millis{5000});
    definition.on_shutdown = OnShutdown::cancel;  // nobody waits for it any more
    definition.on_queued = shows("streaming");
    definition.on_started = shows("streaming");
    definition.on_completed = shows("complete");
    definition.on_failed = shows("error");
    definition.on_canceled = shows("canceled");
    return definition;
}

}  // namespace lanekeeper
