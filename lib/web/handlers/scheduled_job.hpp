#pragma once
#include "queue/submission.hpp"

namespace lanekeeper::web {

/// The submission that each slot of a schedule makes: as POST /api/jobs reads it, but for what the schedule gives itself
/// (`jobId`, `scheduledFor`, `dedupeKey`). Any thread.
Result<Submission> read_scheduled_job(const json::object& job);

}  // namespace lanekeeper::web
