#pragma once
#include "job/lifecycle.hpp"
#include "queue/core.hpp"
#include "queue/definition.hpp"

#include <optional>

namespace lanekeeper {

/// What becomes of a job that was running when the daemon died (queue.md 8). Pure. `definition`: null when its type is
/// not registered any more. `settled`: the end of its turn, as the runtime tells it.
Transition decide_recovery(const Job& job, const Definition* definition, WallTime now,
                           std::optional<CompletedRun> settled = {});

/// Brings every open job into a state that lanes can take up, before anything is admitted: running ones go back or end;
/// those of unknown types end. Each transition is committed, published and logged like any other.
Task<void> recover_running(QueueCore& core);

}  // namespace lanekeeper
