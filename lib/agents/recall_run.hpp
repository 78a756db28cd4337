#pragma once
#include "agents/run_turn.hpp"
#include "agents/sessions.hpp"

namespace lanekeeper {

/// `recall_turn` of a job that an earlier life of the daemon ran on a worker of this agent. Where the job recorded no turn
/// its start may have been asked for and never answered: then the worker's thread tells, where the turn's message bears
/// "<jobId>:<run>". Throws what reading a turn throws.
Task<std::optional<TurnResult>> recall_run(Sessions& sessions, Runtime& runtime, Job job, std::string agent);

}  // namespace lanekeeper
