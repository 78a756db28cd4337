#include "jobs/instruction_answer.hpp"

#include "base/text.hpp"

namespace lanekeeper {
namespace {

constexpr std::size_t longest_text = 100'000;  // characters of an answer; the rest is cut

}  // namespace

IntentDesk desk_of(const JobDeps& deps) { return {deps.sessions, deps.queue, deps.registry, deps.questions, deps.workers.agents()}; }

IntentScope scope_of(const JobDeps& deps, const Instruction& instruction) {
    IntentScope scope;
    scope.project_id = instruction.project_id;
    scope.session_id = instruction.session_id;
    scope.thread_id = instruction.thread_id;
    scope.turn_id = instruction.turn_id;
    scope.agent = instruction.agent;
    const auto* policy = deps.workers.agents().find(instruction.agent);
    if (policy) scope.capabilities = policy->capabilities;
    return scope;
}

std::string_view to_word(ExpectedResponse expects) {
    if (expects == ExpectedResponse::none) return "none";
    return expects == ExpectedResponse::assistant_text ? "assistant_text" : "action_intents";
}

json::object new_result(const Instruction& instruction, const std::string& source) {
    json::object result;
    result["expectResponse"] = to_word(instruction.expects);
    result["source"] = source.empty() ? json::value() : json::value(source);
    return result;
}

void put_text(json::object& result, const Instruction& instruction, const std::string& text) {
    auto said = trimmed(text);
    if (instruction.expects == ExpectedResponse::assistant_text && !said.empty()) result["text"] = first_chars(said, longest_text);
}

bool lacks_text(const json::object& result, const Instruction& instruction) {
    bool wanted = instruction.expects == ExpectedResponse::assistant_text && !instruction.request_key;
    return wanted && !result.contains("text");
}

Task<IntentPlan> make_plan(JobDeps deps, Instruction instruction, TurnResult turn, int run, WallTime now) {
    IntentPlan plan;
    plan.source = turn.source;
    plan.run = run;
    plan.since = now;
    auto desk = desk_of(deps);
    auto scope = scope_of(deps, instruction);
    auto intents = co_await check_intents(desk, turn.text, scope);
    if (intents) plan.intents = std::move(*intents);
    else plan.refused = intents.error().code + ": " + intents.error().message;
    plan.outcomes.resize(plan.intents.size());
    co_return plan;
}

}  // namespace lanekeeper
