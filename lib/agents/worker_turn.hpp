#pragma once
#include "agents/run_turn.hpp"
#include "agents/worker_sessions.hpp"

namespace lanekeeper {

/// What jobs that run turns on worker sessions need. Everything outlives the queue.
struct AgentTools {
    AgentTools(WorkerSessions& workers_, TurnFeed& feed_, Sessions& sessions_, const Settings& settings_)
        : workers(workers_), feed(feed_), sessions(sessions_), settings(settings_) {}
    WorkerSessions& workers;
    TurnFeed& feed;
    Sessions& sessions;
    const Settings& settings;
};

/// `run_turn` on the worker session of the job's owner for this agent. A session that takes no turn is dropped and
/// provisioned anew, once. A runtime that is not there is `not_now`.
Task<TurnResult> run_worker_turn(AgentTools tools, std::shared_ptr<RunContext> context, std::string agent,
                                 TurnRequest request, SettleRules rules);

}  // namespace lanekeeper
