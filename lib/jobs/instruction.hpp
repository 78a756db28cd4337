#pragma once
#include "agents/intents.hpp"
#include "base/json.hpp"
#include "base/schema.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What the agent's turn is for.
enum class ExpectedResponse { none, assistant_text, action_intents };

/// A row that the agent may write, and that a job keeps up to date when it does not.
struct SupplementalTarget {
    SupplementalTarget() = default;
    std::string message_id;
    std::string type;
    std::string queued_text, started_text;
    std::optional<std::string> complete_text, error_text, canceled_text;
};

/// The payload of `agent_instruction`, read.
struct Instruction {
    Instruction() = default;
    std::string agent, job_kind, project_id, session_id, thread_id, turn_id, text;
    std::optional<std::string> anchor;  // the row that this job's rows stand behind
    std::optional<std::string> bootstrap_key, bootstrap_text;
    std::optional<std::string> model, effort, draft;
    ExpectedResponse expects = ExpectedResponse::none;
    std::vector<SupplementalTarget> targets;
    std::optional<std::string> request_key;  // of the completion signal
};

Schema instruction_payload_schema();
Schema instruction_result_schema();
/// Of a payload that its schema accepts.
Instruction read_instruction(const json::object& payload);
/// The payload's own, or "<project>:<thread>:<turn>:<jobKind>".
std::optional<std::string> instruction_dedupe_key(const json::object& payload);

}  // namespace lanekeeper
