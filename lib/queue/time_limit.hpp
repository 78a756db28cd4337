#pragma once
#include "queue/attempt_end.hpp"
#include "queue/core.hpp"

namespace lanekeeper {

/// How long an attempt may take from its start (zero: any time), and what it ends of.
struct TimeLimit {
    TimeLimit() = default;
    Millis after{0};
    StopCause cause{StopCause::Kind::timeout, "timeout"};
};

/// In the pool an attempt that runs for too long ends its job, whatever else it was allowed (jobs-family.md, Retry and expiry).
TimeLimit time_limit(const Job& job, const Definition& definition, const QueueCore& core);

}  // namespace lanekeeper
