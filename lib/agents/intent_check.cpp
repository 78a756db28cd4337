// What an agent asked for, held against what is there.
#include "agents/intent_plan.hpp"
#include "agents/session_core.hpp"
#include "base/members.hpp"
#include "transcript/rows.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

constexpr const char* out_of_scope = "intents_out_of_scope";

std::string path_text(const json::array& path) {
    std::string text;
    for (const auto& step : path) text += step.is_string() ? "." + std::string(step.get_string()) : "[" + json::serialize(step) + "]";
    return text;
}

/// A row of ours in this turn, or a new one.
Task<std::optional<Problem>> check_row(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    std::optional<Problem> refused;
    auto id = members::text(intent.body.at("entry").as_object(), "messageId");
    Store& store = desk.sessions.core().ledger.reader();
    auto base = co_await store.record(std::string(transcript::base_kind), scope.session_id, transcript::base_key(scope.turn_id, id));
    if (base) refused = intent_refused(out_of_scope, index, "entry.messageId", "is a row of the runtime's");
    if (refused) co_return refused;
    auto own = co_await store.record(std::string(transcript::own_kind), scope.session_id, id);
    if (own && members::text(own->body, "turnId") != scope.turn_id)
        refused = intent_refused(out_of_scope, index, "entry.messageId", "is a row of another turn");
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

std::optional<Problem> check_job(const IntentDesk& desk, const Intent& intent, std::size_t index, const IntentScope& scope) {
    auto type = members::text(intent.body, "type");
    auto definition = desk.registry.find(type);
    if (!definition) return intent_refused("intents_invalid", index, "type", "there is no such job type");
    if (!definition->api_trigger) return intent_refused("intents_not_allowed", index, "type", "this type is not enqueued from outside");
    auto issues = definition->payload_schema.check(intent.body.at("payload"));
    if (!issues.empty())
        return intent_refused("intents_invalid", index, "payload" + path_text(issues.front().path), issues.front().message);
    if (!definition->admit) return {};
    auto request = job_request(intent, scope);
    auto admitted = definition->admit(request);
    if (!admitted) return intent_refused(out_of_scope, index, "payload", first_reason(admitted.error()));
    return {};
}

Task<std::optional<Problem>> check_one(IntentDesk desk, Intent intent, std::size_t index, IntentScope scope) {
    std::optional<Problem> refused;
    if (intent.kind == Intent::Kind::upsert_row) refused = co_await check_row(desk, intent, index, scope);
    else if (intent.kind == Intent::Kind::decide_approval) refused = co_await check_approval(desk, intent, index, scope);
    else if (intent.kind == Intent::Kind::enqueue_job) refused = check_job(desk, intent, index, scope);
    co_return refused;
}

}  // namespace

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
