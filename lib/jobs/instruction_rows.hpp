#pragma once
#include "queue/definition.hpp"

namespace lanekeeper {

// What clients see of an `agent_instruction` (runtime.md 3): its rows in the chat, and how its suggested request stands.
// Pure; each belongs into the commit of the transition.

/// "agent-job-output::<jobId>"
std::string instruction_output_id(const Job& job);

Effects instruction_queued(const HookInput& input);
Effects instruction_started(const HookInput& input);
/// The rows that its intents ask for, its output, and the ends of its targets.
Effects instruction_completed(const HookInput& input);
Effects instruction_failed(const HookInput& input);
Effects instruction_canceled(const HookInput& input);

/// A placeholder, for a target that nobody else has written. A `MergeRecord`.
json::object merge_placeholder(const json::object& existing, json::object incoming);
/// The end of a target: what the agent wrote stays, and is closed if it is open. What has ended stays as it is, but that a
/// fallback that said error or canceled gives way to one that says complete. A `MergeRecord`.
json::object merge_target_end(const json::object& existing, json::object incoming);

}  // namespace lanekeeper
