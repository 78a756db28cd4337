#pragma once
#include "job/job.hpp"

namespace lanekeeper::wire {

/// Who reads. Jobs run on hidden sessions, whose ids are for operators alone (api.md 4): to others `runningContext` says
/// null, null.
enum class Reader { user, operator_ };

/// The job as /api/orchestrator and its events' clients read it: orchestrator-queue.md, Data Model, every member present
/// and null where it has not happened, and the members that queue.md 1 adds.
json::object job_view(const Job& job, Reader reader);

/// {data:[job], nextCursor}.
json::object job_list(const std::vector<Job>& jobs, const std::optional<std::int64_t>& next, Reader reader);

/// The state in the mission's five words: pending reads queued, expired reads failed.
std::string_view state_word(JobState state);

}  // namespace lanekeeper::wire
