#include "jobs/instruction_run.hpp"

#include "agents/worker_turn.hpp"
#include "jobs/instruction_answer.hpp"
#include "jobs/instruction_signal.hpp"
#include "jobs/instruction_targets.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

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
        co_await check_targets();
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

    /// Rows may have become the runtime's since the job was enqueued.
    Task<void> check_targets() {
        auto refused = co_await refused_target(deps_.sessions, instruction_);
        if (refused) throw JobFailure(ErrorClass::fatal, "invalid_target: " + refused->text());
    }

    Task<std::optional<SuggestionState>> signal_now() {
        std::optional<SuggestionState> state;
        if (instruction_.request_key)
            state = co_await read_signal(deps_.sessions, instruction_.session_id, *instruction_.request_key);
        co_return state;
    }

    RunOutcome done(json::object result, const SuggestionState& state, const char* by) const {
        result["completion"] = completion_of(state, by);
        return CompletedRun(std::move(result), tokens_);
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
        facts["expectResponse"] = to_word(instruction_.expects);
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
        tokens_ = turn.tokens;
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
        if (lacks_text(result, instruction_))
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
        RunOutcome outcome = CompletedRun(result, tokens_);
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
    json::value tokens_;  // of the turn, where they were counted
};

}  // namespace

Task<RunOutcome> run_instruction(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload) {
    InstructionRun run(deps, std::move(context), payload);
    auto outcome = co_await run.go();
    co_return outcome;
}

}  // namespace lanekeeper
