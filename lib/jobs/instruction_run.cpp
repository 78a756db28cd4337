#include "jobs/instruction_run.hpp"

#include "agents/intent_plan.hpp"
#include "agents/recall_run.hpp"
#include "agents/session_core.hpp"
#include "agents/worker_turn.hpp"
#include "base/text.hpp"
#include "jobs/instruction.hpp"
#include "jobs/instruction_signal.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::size_t longest_text = 100'000;  // characters of an answer; the rest is cut

IntentDesk desk_of(const JobDeps& deps) { return {deps.sessions, deps.queue, deps.registry, deps.questions}; }

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

const char* word_of(ExpectedResponse expects) {
    if (expects == ExpectedResponse::none) return "none";
    return expects == ExpectedResponse::assistant_text ? "assistant_text" : "action_intents";
}

json::object new_result(const Instruction& instruction, const std::string& source) {
    json::object result;
    result["expectResponse"] = word_of(instruction.expects);
    result["source"] = source.empty() ? json::value() : json::value(source);
    return result;
}

void put_text(json::object& result, const Instruction& instruction, const std::string& text) {
    auto said = trimmed(text);
    if (instruction.expects == ExpectedResponse::assistant_text && !said.empty()) result["text"] = first_chars(said, longest_text);
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

/// What came of asking the agent.
struct Asked {
    Asked() = default;
    TurnResult turn;
    std::exception_ptr failure;  // a JobFailure
};

class InstructionRun {
public:
    InstructionRun(JobDeps deps, std::shared_ptr<RunContext> context, const json::object& payload)
        : deps_(deps), context_(std::move(context)), instruction_(read_instruction(payload)) {}

    Task<RunOutcome> go() {
        if (!deps_.workers.agents().find(instruction_.agent))
            throw JobFailure(ErrorClass::fatal, "unknown_agent: there is no agent " + instruction_.agent);
        auto plan = co_await earlier_plan();
        if (plan) {
            auto carried = co_await carry(std::move(*plan), context_->time().mono());
            co_return carried;
        }
        auto signal = co_await signal_now();
        RunOutcome outcome;
        if (signal) outcome = done(new_result(instruction_, ""), *signal, "signal");
        else outcome = co_await ask_and_follow();
        co_return outcome;
    }

private:
    Task<std::optional<IntentPlan>> earlier_plan() {
        std::optional<IntentPlan> plan;
        if (instruction_.expects == ExpectedResponse::action_intents)
            plan = co_await load_plan(deps_.sessions, context_->job_id());
        co_return plan;
    }

    Task<std::optional<SuggestionState>> signal_now() {
        std::optional<SuggestionState> state;
        if (instruction_.request_key)
            state = co_await read_signal(deps_.sessions, instruction_.session_id, *instruction_.request_key);
        co_return state;
    }

    static RunOutcome done(json::object result, const SuggestionState& state, const char* by) {
        result["completion"] = completion_of(state, by);
        return CompletedRun(std::move(result));
    }

    // ---- the turn

    TurnRequest turn_request() const {
        TurnRequest request;
        request.text = instruction_.text;
        if (instruction_.expects == ExpectedResponse::action_intents)
            request.text += "\n\n" + describe_intents(scope_of(deps_, instruction_));
        json::object facts;
        facts["kind"] = "agent_instruction";
        facts["jobKind"] = instruction_.job_kind;
        facts["expectResponse"] = word_of(instruction_.expects);
        request.facts = std::move(facts);
        request.model = instruction_.model;
        request.effort = instruction_.effort;
        return request;
    }

    SettleRules rules() const {
        SettleRules rules(deps_.settings.agent);
        if (!instruction_.request_key) return rules;
        rules.answer_within = deps_.settings.suggest.request_wait;
        // A turn that stalls ends with the fallback, like any other that is late: somebody waits for it.
        rules.empty_turn_grace = std::max(rules.empty_turn_grace, *rules.answer_within);
        rules.enough = [&sessions = deps_.sessions, chat = instruction_.session_id, key = *instruction_.request_key] {
            return signal_came(sessions, chat, key);
        };
        return rules;
    }

    std::optional<BootstrapInstruction> bootstrap() const {
        std::optional<BootstrapInstruction> first;
        if (instruction_.bootstrap_key) first.emplace(*instruction_.bootstrap_key, *instruction_.bootstrap_text);
        return first;
    }

    Task<Asked> ask() {
        Asked asked;
        auto request = turn_request();
        auto settle = rules();
        auto first = bootstrap();
        try {
            asked.turn = co_await run_worker_turn(deps_.workers, context_, instruction_.agent, std::move(request), settle, first);
        } catch (const JobFailure&) {
            asked.failure = std::current_exception();
        }
        co_return asked;
    }

    Task<RunOutcome> ask_and_follow() {
        auto asked = co_await ask();
        if (asked.failure) {  // the signal may have come before the turn broke
            auto signal = co_await signal_now();
            if (!signal) std::rethrow_exception(asked.failure);
            co_return done(new_result(instruction_, ""), *signal, "signal");
        }
        RunOutcome outcome = asked.turn.snooze;
        if (asked.turn.end == TurnResult::End::not_now) co_return outcome;
        outcome = co_await follow(std::move(asked.turn));
        co_return outcome;
    }

    Task<RunOutcome> follow(TurnResult turn) {
        auto deadline = turn.started + deps_.settings.suggest.request_wait;
        bool whole = turn.end == TurnResult::End::completed;
        RunOutcome outcome;
        if (whole && instruction_.expects == ExpectedResponse::action_intents) {
            auto plan = co_await keep_plan(std::move(turn));
            outcome = co_await carry(std::move(plan), deadline);
            co_return outcome;
        }
        auto result = new_result(instruction_, turn.source);
        put_text(result, instruction_, turn.text);
        bool silent = instruction_.expects == ExpectedResponse::assistant_text && !result.contains("text");
        if (silent && !instruction_.request_key)
            throw JobFailure(ErrorClass::retryable, "empty_answer: the turn said nothing");
        outcome = co_await finish(std::move(result), deadline);
        co_return outcome;
    }

    // ---- intents

    Task<IntentPlan> keep_plan(TurnResult turn) {
        auto plan = co_await make_plan(deps_, instruction_, std::move(turn), context_->run(), context_->time().wall());
        if (plan.refused.empty()) {
            Effects effects;
            effects.puts.push_back(put_plan(context_->job_id(), plan));
            co_await context_->commit(std::move(effects));
        }
        co_return plan;
    }

    Task<RunOutcome> carry(IntentPlan plan, MonoTime deadline) {
        if (!plan.refused.empty()) throw JobFailure(ErrorClass::fatal, plan.refused);
        auto result = new_result(instruction_, plan.source);
        auto desk = desk_of(deps_);
        auto scope = scope_of(deps_, instruction_);
        auto carried = co_await carry_out(desk, context_, std::move(plan), scope);
        RunOutcome outcome;
        if (auto* later = std::get_if<SnoozedRun>(&carried)) {
            outcome = *later;
            co_return outcome;
        }
        result["intents"] = std::get<json::array>(std::move(carried));
        outcome = co_await finish(std::move(result), deadline);
        co_return outcome;
    }

    // ---- the completion signal

    Task<RunOutcome> finish(json::object result, MonoTime deadline) {
        RunOutcome outcome = CompletedRun(result);
        if (!instruction_.request_key) co_return outcome;
        if (const auto* intents = result.if_contains("intents")) {
            auto intended = signal_among(intents->get_array(), *instruction_.request_key);
            if (intended) co_return done(std::move(result), *intended, "intent");
        }
        auto signal = co_await wait_for_signal(deps_.sessions, context_, instruction_.session_id, *instruction_.request_key, deadline);
        if (signal) co_return done(std::move(result), *signal, "signal");
        auto fallback = co_await fallback_state(deps_.sessions, instruction_);
        co_return done(std::move(result), fallback, "fallback");
    }

    JobDeps deps_;
    std::shared_ptr<RunContext> context_;
    Instruction instruction_;
};

// ---- after a restart

/// Kept first, so that the next run does not ask again either.
Task<std::optional<IntentPlan>> recall_plan(JobDeps deps, Instruction instruction, Job job) {
    auto plan = co_await load_plan(deps.sessions, job.id());
    if (plan) co_return plan;
    Job asked = job;
    auto turn = co_await recall_run(deps.sessions, deps.runtime, std::move(asked), instruction.agent);
    if (!turn) co_return plan;
    plan = co_await make_plan(deps, instruction, std::move(*turn), job.run, deps.sessions.core().now());
    Effects effects;
    effects.puts.push_back(put_plan(job.id(), *plan));
    co_await deps.sessions.core().commit(std::move(effects));
    co_return plan;
}

/// Nothing: how the turn ended is not known, or what it asks for is not done yet.
Task<std::optional<json::object>> recall_result(JobDeps deps, Instruction instruction, Job job) {
    std::optional<json::object> result;
    if (instruction.expects == ExpectedResponse::action_intents) {
        auto plan = co_await recall_plan(deps, instruction, std::move(job));
        if (!plan || !plan->only_rows()) co_return result;
        result = new_result(instruction, plan->source);
        (*result)["intents"] = outcomes_of(*plan);
        co_return result;
    }
    auto turn = co_await recall_run(deps.sessions, deps.runtime, std::move(job), instruction.agent);
    if (!turn) co_return result;
    result = new_result(instruction, turn->source);
    put_text(*result, instruction, turn->text);
    bool silent = instruction.expects == ExpectedResponse::assistant_text && !result->contains("text");
    if (silent && !instruction.request_key) result.reset();
    co_return result;
}

Task<json::object> recall_completion(JobDeps deps, Instruction instruction, json::object result) {
    const auto* intents = result.if_contains("intents");
    auto intended = intents ? signal_among(intents->get_array(), *instruction.request_key) : std::nullopt;
    if (intended) co_return completion_of(*intended, "intent");
    auto signal = co_await read_signal(deps.sessions, instruction.session_id, *instruction.request_key);
    if (signal) co_return completion_of(*signal, "signal");
    auto fallback = co_await fallback_state(deps.sessions, instruction);
    co_return completion_of(fallback, "fallback");
}

}  // namespace

Task<RunOutcome> run_instruction(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload) {
    InstructionRun run(deps, std::move(context), payload);
    auto outcome = co_await run.go();
    co_return outcome;
}

Task<std::optional<CompletedRun>> settle_instruction(JobDeps deps, Job job) {
    auto instruction = read_instruction(job.payload);
    std::optional<CompletedRun> settled;
    auto result = co_await recall_result(deps, instruction, std::move(job));
    if (!result) co_return settled;
    if (instruction.request_key) {
        auto completion = co_await recall_completion(deps, instruction, *result);
        (*result)["completion"] = std::move(completion);
    }
    settled.emplace(std::move(*result));
    co_return settled;
}

}  // namespace lanekeeper
