#pragma once
#include "jobs/job_deps.hpp"
#include "queue/definition.hpp"

namespace lanekeeper {

using RunTurnJob = Task<RunOutcome> (*)(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload);
using SettleTurnJob = Task<std::optional<CompletedRun>> (*)(JobDeps deps, Job job);

/// What the definitions share whose runs drive turns of a runtime: a cancel interrupts the turn, and recovery asks how it
/// ended.
Definition turn_job_definition(std::string type, const JobDeps& deps, RunTurnJob run, SettleTurnJob settle);

/// The usual timeout, or this where that is shorter; zero, which is none at all, stays.
Millis timeout_of_at_least(Millis shortest, const Settings& settings);

}  // namespace lanekeeper
