#pragma once
#include "agents/preflight.hpp"
#include "agents/run_turn.hpp"
#include "agents/worker_sessions.hpp"

namespace lanekeeper {

/// `run_turn` on the worker session of the job's owner for this agent, as the agent's policy says; a model and an effort
/// that the request names win over the policy's, its rights never do. An agent that nobody described is a fatal
/// JobFailure (`unknown_agent`).
///
/// What the worker has not been told yet, its orientation and then `bootstrap`, is told before, in turns of their own
/// (runtime.md 3, preflight); the attempt's time stands still meanwhile. A job that is asked to end leaves them to the next
/// one. A session that takes no turn is dropped and provisioned anew, once. A runtime that is not there is `not_now`.
/// `workers` outlives it.
Task<TurnResult> run_worker_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent,
                                 TurnRequest request, SettleRules rules, std::optional<BootstrapInstruction> bootstrap);

inline Task<TurnResult> run_worker_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent,
                                        TurnRequest request, SettleRules rules) {
    return run_worker_turn(workers, std::move(context), std::move(agent), std::move(request), std::move(rules), std::nullopt);
}

}  // namespace lanekeeper
