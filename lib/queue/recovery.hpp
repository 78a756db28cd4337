#pragma once
#include "job/lifecycle.hpp"
#include "queue/core.hpp"

namespace lanekeeper {

/// What becomes of a job that was running when the daemon died (queue.md 8). Pure. `definition`: null when its type is
/// not registered any more.
Transition decide_recovery(const Job& job, const Definition* definition, WallTime now);

/// Brings every open job into a state that lanes can take up, before anything is admitted: running ones go back or end;
/// those of unknown types end. Each transition is committed, published and logged like any other.
Task<void> recover_running(QueueCore& core);

}  // namespace lanekeeper
