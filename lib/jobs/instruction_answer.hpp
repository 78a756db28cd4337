#pragma once
#include "agents/intent_plan.hpp"
#include "agents/run_turn.hpp"
#include "jobs/instruction.hpp"
#include "jobs/job_deps.hpp"

#include <string>

namespace lanekeeper {

// What an agent's answer comes to, for a run and for what is left of one after a restart.

IntentDesk desk_of(const JobDeps& deps);
/// What the job's intents may be about, and what its agent declares.
IntentScope scope_of(const JobDeps& deps, const Instruction& instruction);
std::string_view to_word(ExpectedResponse expects);

/// {expectResponse, source}; an empty source: no turn.
json::object new_result(const Instruction& instruction, const std::string& source);
/// The text of an answer, where one is expected and there is one.
void put_text(json::object& result, const Instruction& instruction, const std::string& text);
/// A text was expected, and nothing else ends the job.
bool lacks_text(const json::object& result, const Instruction& instruction);

/// The answer as a plan, or as one that says why it is refused. Not kept yet.
Task<IntentPlan> make_plan(JobDeps deps, Instruction instruction, TurnResult turn, int run, WallTime now);

}  // namespace lanekeeper
