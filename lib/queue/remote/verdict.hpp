#pragma once
#include "queue/attempt_end.hpp"
#include "queue/remote/claims.hpp"

#include <optional>

namespace lanekeeper {

// What a worker is told of a run that nobody leases to it any more, from the job as it is stored: so the same call again is
// answered the same, also after a restart. Pure. Refusals: not_found, stale_run.

Problem stale_run(const Job& job, const HeldRun& held);

Result<LeaseState> late_heartbeat(const std::optional<Job>& job, const HeldRun& held);
Result<void> not_held(const std::optional<Job>& job, const HeldRun& held);
Result<void> late_complete(const std::optional<Job>& job, const HeldRun& held, const json::object& result);
Result<bool> late_fail(const std::optional<Job>& job, const HeldRun& held, const RemoteFailure& failure);

/// The end of an attempt as the worker says it.
AttemptEnd failed_end(const RemoteFailure& failure);

}  // namespace lanekeeper
