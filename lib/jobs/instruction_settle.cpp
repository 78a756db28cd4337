// What is left of an instruction after a restart.
#include "agents/recall_run.hpp"
#include "agents/session_core.hpp"
#include "jobs/instruction_answer.hpp"
#include "jobs/instruction_run.hpp"
#include "jobs/instruction_signal.hpp"

namespace lanekeeper {
namespace {

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
    if (lacks_text(*result, instruction)) result.reset();
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

Task<bool> instruction_goes_on(JobDeps deps, Job job) {
    auto plan = co_await load_plan(deps.sessions, job.id());
    if (!plan || plan->resumes >= plan_resumes_max) co_return false;
    ++plan->resumes;
    Effects effects;
    effects.puts.push_back(put_plan(job.id(), *plan));
    auto kept = co_await deps.sessions.core().commit(std::move(effects));
    co_return kept.has_value();
}

}  // namespace lanekeeper
