#pragma once
#include "jobs/job_deps.hpp"
#include "queue/definition.hpp"

#include <memory>

namespace lanekeeper {

/// One attempt at an `agent_instruction` (runtime.md 3 and 4): its turn on the owner's worker of the agent, what the answer
/// asks for, and, where it has a completion signal, the wait for it, which ends with the fallback at the deadline.
Task<RunOutcome> run_instruction(JobDeps deps, std::shared_ptr<RunContext> context, json::object payload);

/// After a restart: how the turn of an earlier life ended. Intents are read and kept; those that are rows alone are done
/// with it, others are carried out by the next run, which asks nobody again.
Task<std::optional<CompletedRun>> settle_instruction(JobDeps deps, Job job);

/// Whether there is a plan to carry on: intents are refused whole or carried out once, so a crash during the last attempt
/// must not leave them half done. At most `plan_resumes_max` times a job, so that one whose intents kill the daemon ends.
Task<bool> instruction_goes_on(JobDeps deps, Job job);
inline constexpr int plan_resumes_max = 3;

}  // namespace lanekeeper
