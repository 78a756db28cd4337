#pragma once
#include "queue/schedules/schedules.hpp"

namespace lanekeeper {

class Sessions;

/// How schedules read their jobs: as /api/jobs reads one, and for a chat that may have jobs. `sessions` outlives it.
Schedules::ReadJob scheduled_jobs(const Sessions& sessions);

}  // namespace lanekeeper
