#pragma once
#include "base/schema.hpp"

namespace lanekeeper::wire {

/// What a schedule may be asked to be, and what of it may be changed (jobs-family.md, Schedules).
const Schema& schedule_schema();
const Schema& schedule_change_schema();

}  // namespace lanekeeper::wire
