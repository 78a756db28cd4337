#pragma once
#include "base/error.hpp"
#include "job/schedule.hpp"

#include <optional>

namespace lanekeeper::wire {

/// A schedule in the words of /api/schedules (jobs-family.md, Schedules). `trouble`: why the slot that is due has no job yet.
json::object schedule_view(const Schedule& schedule, const std::optional<WallTime>& next_run_at, const std::optional<Problem>& trouble);

}  // namespace lanekeeper::wire
