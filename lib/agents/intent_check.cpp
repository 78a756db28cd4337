// What an agent asked for, held against what is there.
#include "agents/intent_plan.hpp"
#include "agents/session_core.hpp"
#include "base/members.hpp"
#include "transcript/rows.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

constexpr const char* out_of_scope = "intents_out_of_scope";
constexpr const char* not_allowed = "intents_not_allowed";
constexpr std::string_view instruction_type = "agent_instruction";

std::string path_text(const json::array& path) {
    std::string text;
    for (const auto& step : path) text += step.is_string() ? "." + std::string(step.get_string()) : "[" + json::serialize(step) + "]";
    return text;
}

/// A row of ours in this turn, or a new one.
Task<std::optional<Problem>> check_row(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    std::optional<Problem> refused;
    auto id = members::text(intent.body.at("entry").as_object(), "messageId");
    auto foreign = co_await foreign_row(desk.sessions, scope.session_id, scope.turn_id, std::move(id));
    if (foreign) refused = intent_refused(out_of_scope, index, "entry.messageId", *foreign);
    co_return refused;
}

/// One that does not wait any more is found out when it is decided.
Task<std::optional<Problem>> check_approval(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    std::optional<Problem> refused;
    auto question = co_await desk.questions.find(members::text(intent.body, "approvalId"));
    if (!question || question->kind != QuestionKind::approval) co_return refused;
    bool ours = question->session_id == scope.session_id && members::text(question->params, "turnId") == scope.turn_id;
    if (!ours) refused = intent_refused(out_of_scope, index, "approvalId", "waits in another turn");
    co_return refused;
}

std::string first_reason(const Problem& problem) {
    if (problem.issues.empty()) return problem.message;
    return path_text(problem.issues.front().path) + " " + problem.issues.front().message;
}

// ---- jobs

/// What an agent cannot do it does not have another one do either.
std::optional<Problem> check_asked_agent(const IntentDesk& desk, const std::string& name, std::size_t index, const IntentScope& scope) {
    const auto* asked = desk.agents.find(name);
    if (!asked) return intent_refused("intents_invalid", index, "payload.agent", "there is no such agent");
    for (const auto& kind : asked->capabilities)
        if (!scope.capabilities.contains(kind))
            return intent_refused(not_allowed, index, "payload.agent", fmt::format("{} declares {}, which {} does not", name, kind, scope.agent));
    return {};
}

std::optional<Problem> check_instruction(const IntentDesk& desk, const json::object& payload, std::size_t index, const IntentScope& scope) {
    if (auto refused = check_asked_agent(desk, members::text(payload, "agent"), index, scope)) return refused;
    if (payload.contains("bootstrapInstruction"))
        return intent_refused(not_allowed, index, "payload.bootstrapInstruction", "an agent gives no lasting text to another's worker");
    const auto* targets = members::array(payload, "supplementalTargets");
    if (targets && !targets->empty() && !scope.capabilities.contains(std::string(to_word(Intent::Kind::upsert_row))))
        return intent_refused(not_allowed, index, "payload.supplementalTargets", "the agent " + scope.agent + " does not declare transcript.upsert");
    return {};
}

Task<std::optional<Problem>> check_targets(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    std::optional<Problem> refused;
    const auto* targets = members::array(intent.body.at("payload").as_object(), "supplementalTargets");
    for (std::size_t i = 0; targets && i < targets->size() && !refused; ++i) {
        auto id = members::text((*targets)[i].as_object(), "messageId");
        auto foreign = co_await foreign_row(desk.sessions, scope.session_id, scope.turn_id, std::move(id));
        if (foreign) refused = intent_refused(out_of_scope, index, fmt::format("payload.supplementalTargets[{}].messageId", i), *foreign);
    }
    co_return refused;
}

std::optional<Problem> check_request(const IntentDesk& desk, const Intent& intent, std::size_t index, const IntentScope& scope) {
    auto type = members::text(intent.body, "type");
    auto definition = desk.registry.find(type);
    if (!definition) return intent_refused("intents_invalid", index, "type", "there is no such job type");
    if (!definition->api_trigger) return intent_refused("intents_not_allowed", index, "type", "this type is not enqueued from outside");
    auto issues = definition->payload_schema.check(intent.body.at("payload"));
    if (!issues.empty())
        return intent_refused("intents_invalid", index, "payload" + path_text(issues.front().path), issues.front().message);
    if (type == instruction_type)
        if (auto refused = check_instruction(desk, intent.body.at("payload").as_object(), index, scope)) return refused;
    if (!definition->admit) return {};
    auto request = job_request(intent, scope);
    auto admitted = definition->admit(request);
    if (!admitted) return intent_refused(out_of_scope, index, "payload", first_reason(admitted.error()));
    return {};
}

Task<std::optional<Problem>> check_job(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    auto refused = check_request(desk, intent, index, scope);
    if (refused || members::text(intent.body, "type") != instruction_type) co_return refused;
    refused = co_await check_targets(desk, std::move(intent), index, std::move(scope));
    co_return refused;
}

Task<std::optional<Problem>> check_one(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    std::optional<Problem> refused;
    if (intent.kind == Intent::Kind::upsert_row) refused = co_await check_row(desk, intent, index, scope);
    else if (intent.kind == Intent::Kind::decide_approval) refused = co_await check_approval(desk, intent, index, scope);
    else if (intent.kind == Intent::Kind::enqueue_job) refused = co_await check_job(desk, intent, index, scope);
    co_return refused;
}

}  // namespace

Task<std::optional<std::string>> foreign_row(Sessions& sessions, std::string session_id, std::string turn_id, std::string message_id) {
    std::optional<std::string> why;
    Store& store = sessions.core().ledger.reader();
    auto base = co_await store.record(std::string(transcript::base_kind), session_id, transcript::base_key(turn_id, message_id));
    if (base) why = "is a row of the runtime's";
    if (why) co_return why;
    auto own = co_await store.record(std::string(transcript::own_kind), session_id, message_id);
    if (own && members::text(own->body, "turnId") != turn_id) why = "is a row of another turn";
    co_return why;
}

EnqueueRequest job_request(const Intent& intent, const IntentScope& scope) {
    EnqueueRequest request;
    request.type = members::text(intent.body, "type");
    request.owner = scope.project_id;
    request.source_session_id = scope.session_id;
    request.payload = intent.body.at("payload").as_object();
    return request;
}

Task<Result<std::vector<Intent>>> check_intents(IntentDesk desk, std::string answer, IntentScope scope) {
    auto intents = read_intents(answer, scope);
    if (!intents) co_return intents;
    for (std::size_t i = 0; i < intents->size(); ++i) {
        auto refused = co_await check_one(desk, (*intents)[i], i, scope);
        if (refused) co_return *refused;
    }
    co_return intents;
}

}  // namespace lanekeeper
