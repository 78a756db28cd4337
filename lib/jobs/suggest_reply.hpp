#pragma once
#include "jobs/job_deps.hpp"
#include "queue/definition.hpp"

namespace lanekeeper {

/// One suggested reply for the composer of a chat, one at a time a chat (orchestrator-queue.md, Job Types; runtime.md 5).
/// Payload {requestKey, sessionId, projectId, model?, effort?, draft?}, result {suggestion, requestKey, source}.
/// Its turn runs on the owner's worker session of the agent `supervisor`. When no answer came within
/// ORCHESTRATOR_SUGGEST_REQUEST_WAIT_MS, the result is the fallback suggestion, source "fallback".
Definition suggest_reply_definition(const JobDeps& deps);

}  // namespace lanekeeper
