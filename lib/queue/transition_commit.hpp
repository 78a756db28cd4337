#pragma once
#include "job/lifecycle.hpp"
#include "queue/attempt_end.hpp"
#include "queue/core.hpp"

namespace lanekeeper {

/// How every transition is committed, told and counted: the job's row, its definition's rows for this transition and
/// `extra`, and its event, in one commit; then one log line and the metrics. False: refused as stale, nothing changed.
/// Throws StorageUnavailable. The caller holds the lane's baton, or is recovery.
Task<bool> commit_transition(QueueCore& core, Transition transition, Effects extra);

/// How long the last attempt ran.
Millis run_time(const Job& job, WallTime now);

}  // namespace lanekeeper
