#pragma once
#include "agents/run_turn.hpp"
#include "agents/worker_sessions.hpp"

namespace lanekeeper {

/// `run_turn` on the worker session of the job's owner for this agent. A session that takes no turn is dropped and
/// provisioned anew, once. A runtime that is not there is `not_now`.
/// `workers` outlives it.
Task<TurnResult> run_worker_turn(WorkerSessions& workers, std::shared_ptr<RunContext> context, std::string agent,
                                 TurnRequest request, SettleRules rules);

}  // namespace lanekeeper
