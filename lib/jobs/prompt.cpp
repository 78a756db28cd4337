#include "jobs/prompt.hpp"

#include "agents/recall_run.hpp"
#include "agents/worker_turn.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "jobs/dependency_results.hpp"
#include "jobs/turn_job.hpp"

namespace lanekeeper {
namespace {

const char* const agent = "worker";
constexpr Millis longest_pause = std::chrono::minutes(15);

Schema payload_schema() {
    return Schema::open_object({
        required("prompt", Schema::string(1, limits::message_chars).described("what the runtime is asked")),
    });
}

Schema result_schema() { return Schema::open_object({required("output", Schema::string())}); }

TurnRequest turn_request(const json::object& payload, const json::value& results) {
    TurnRequest request;
    request.text = members::text(payload, "prompt");
    if (!results.is_null()) request.text += "\n\ndependencyResults: " + json::serialize(results);
    return request;
}

CompletedRun completed(const TurnResult& turn) {
    json::object result;
    result["output"] = turn.text;
    result["source"] = turn.source;
    return CompletedRun(std::move(result), turn.tokens);
}

Task<RunOutcome> run(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload) {
    Job job = context->job();
    auto results = co_await dependency_results(deps.queue, job);
    auto request = turn_request(payload, results);
    SettleRules rules(deps.settings.agent);
    auto turn = co_await run_worker_turn(deps.workers, context, agent, std::move(request), rules);
    RunOutcome outcome = completed(turn);
    if (turn.end == TurnResult::End::not_now) outcome = turn.snooze;
    co_return outcome;
}

Task<std::optional<CompletedRun>> settle(JobDeps deps, Job job) {
    auto turn = co_await recall_run(deps.sessions, deps.runtime, std::move(job), agent);
    std::optional<CompletedRun> settled;
    if (turn) settled = completed(*turn);
    co_return settled;
}

}  // namespace

Definition prompt_executor(const JobDeps& deps) {
    auto definition = turn_job_definition(std::string(default_executor), deps, run, settle);
    definition.payload_schema = payload_schema();
    definition.result_schema = result_schema();
    definition.retry.backoff = Backoff::exponential(deps.settings.pool.retry_delay, longest_pause);
    definition.timeout = Millis{0};
    definition.beats = true;
    return definition;
}

}  // namespace lanekeeper
