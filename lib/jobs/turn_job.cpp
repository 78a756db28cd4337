#include "jobs/turn_job.hpp"

#include <algorithm>

namespace lanekeeper {

Definition turn_job_definition(std::string type, const JobDeps& deps, RunTurnJob run, SettleTurnJob settle) {
    Definition definition;
    definition.type = std::move(type);
    definition.cancel = {CancelStrategy::interrupt_turn, Millis{1500}};
    definition.uses_turns = true;
    definition.run = [deps, run](std::shared_ptr<RunContext> context, json::object payload) {
        return run(deps, std::move(context), std::move(payload));
    };
    definition.settle = [deps, settle](Job job) { return settle(deps, std::move(job)); };
    return definition;
}

Millis timeout_of_at_least(Millis shortest, const Settings& settings) {
    auto usual = settings.queue.default_timeout;
    return usual == Millis{0} ? usual : std::max(usual, shortest);
}

}  // namespace lanekeeper
