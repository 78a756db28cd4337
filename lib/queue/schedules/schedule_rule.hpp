#pragma once
#include "job/schedule.hpp"

namespace lanekeeper {

/// What a schedule's texts mean. Refused with `invalid_request`, path {"cron"} or {"timezone"}, or with `zone_data_missing`.
Result<SlotRule> read_rule(const Schedule& schedule);

}  // namespace lanekeeper
