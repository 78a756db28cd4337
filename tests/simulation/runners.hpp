#pragma once
#include "queue/definition.hpp"
#include "simulation/stage.hpp"

namespace lanekeeper::simulation {

// What attempts do, as their payload says (see `random_order`).

/// Sleeps and commits effects, step by step. `manners` say what it does when it is asked to end:
/// polite ends, after `tidyMs`; eager finishes its work instead; deaf hears only the terminal signal; stone not even the
/// first of those, and tries to write on after it was given up.
Task<RunOutcome> do_work(std::shared_ptr<RunContext> context, json::object payload, std::shared_ptr<Stage> stage);

/// Drives one turn of the runtime to its end. With `leaves` it goes at the first signal, else it waits for the interrupt.
Task<RunOutcome> do_turn(std::shared_ptr<RunContext> context, json::object payload, std::shared_ptr<Stage> stage);

}  // namespace lanekeeper::simulation
