#include "jobs/catalogue.hpp"

#include "jobs/agent_instruction.hpp"
#include "jobs/file_change_explain.hpp"
#include "jobs/noop.hpp"
#include "jobs/prompt.hpp"
#include "jobs/suggest_reply.hpp"
#include "jobs/worker.hpp"

namespace lanekeeper {

// One line a type.
void add_all_jobs(Registry& registry, const JobDeps& deps) {
    registry.add(agent_instruction_definition(deps));
    registry.add(file_change_explain_definition(deps));
    registry.add(noop_definition());
    registry.add(suggest_reply_definition(deps));
    registry.add_executor(prompt_executor(deps));
    registry.add_executor(worker_executor(deps.settings, std::string(worker_executor_name)));
}

const std::vector<std::string>& job_types() {
    static const std::vector<std::string> types{"agent_instruction", "file_change_explain", "noop", "suggest_reply"};
    return types;
}

}  // namespace lanekeeper
