#pragma once
#include "jobs/job_deps.hpp"
#include "queue/definition.hpp"

#include <string>

namespace lanekeeper {

/// Explains a completed file change in its chat's transcript (orchestrator-queue.md, Job Types; runtime.md 5). Payload
/// {projectId, sessionId, threadId, turnId, itemId, changes:[{path, kind, movePath?, diff}], truncated, originalChars},
/// result {text, source, truncated}. Its turn runs on the owner's worker session of the agent `explainer`; its row is
/// anchored at the file change and is written with every transition.
Definition file_change_explain_definition(const JobDeps& deps);

/// The row of an explanation: "file-change-explain-<thread>-<turn>-<item>".
std::string explain_row_id(const json::object& payload);

}  // namespace lanekeeper
