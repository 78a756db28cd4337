#include "jobs/instruction_targets.hpp"

#include "agents/intent_plan.hpp"

#include <fmt/format.h>

namespace lanekeeper {

std::string RefusedTarget::text() const { return fmt::format("supplementalTargets[{}].messageId: {}", index, rule); }

Task<std::optional<RefusedTarget>> refused_target(Sessions& sessions, Instruction instruction) {
    std::optional<RefusedTarget> refused;
    for (std::size_t i = 0; i < instruction.targets.size() && !refused; ++i) {
        auto id = instruction.targets[i].message_id;
        auto why = co_await foreign_row(sessions, instruction.session_id, instruction.turn_id, std::move(id));
        if (!why) continue;
        refused.emplace();
        refused->index = i;
        refused->rule = *why;
    }
    co_return refused;
}

}  // namespace lanekeeper
