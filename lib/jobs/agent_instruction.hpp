#pragma once
#include "jobs/job_deps.hpp"
#include "queue/definition.hpp"

namespace lanekeeper {

/// One instruction turn of an agent for a user's chat (runtime.md 3). Payload and result: "jobs/instruction.hpp". It may
/// come in over the API; its chat must be a user's, and of the project that it names.
///
/// expectResponse none: the turn is all; assistant_text: its answer is the row "agent-job-output::<jobId>"; action_intents:
/// its answer is a plan of intents, checked whole, kept, then carried out. Supplemental targets follow the job from its
/// placeholder to its end. With a completion signal the job is interactive, and done when the request is: by
/// ORCHESTRATOR_SUGGEST_REQUEST_WAIT_MS after the turn began at the latest, then with the fallback suggestion.
Definition agent_instruction_definition(const JobDeps& deps);

}  // namespace lanekeeper
