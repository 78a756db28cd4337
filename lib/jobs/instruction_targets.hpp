#pragma once
#include "agents/sessions.hpp"
#include "async/task.hpp"
#include "jobs/instruction.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// A target that the job may not write, and the rule.
struct RefusedTarget {
    RefusedTarget() = default;
    std::size_t index = 0;
    std::string rule;
    std::string text() const;  // "supplementalTargets[1].messageId: is a row of …"
};

/// The first target that is a row of the runtime's or of another turn, as intents may not write them either. What becomes
/// the runtime's later wins over the target when the transcript is read (`transcript::is_placeholder`).
Task<std::optional<RefusedTarget>> refused_target(Sessions& sessions, Instruction instruction);

}  // namespace lanekeeper
