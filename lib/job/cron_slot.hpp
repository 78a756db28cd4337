#pragma once
#include "base/zone.hpp"
#include "job/cron.hpp"

#include <optional>

namespace lanekeeper {

// The slots of an expression in a zone: the instants at which the zone's clock shows a minute that fits. A minute that the
// clock leaps over counts at the first instant behind the leap, together with what is due there anyway; one that it shows twice
// counts the first time.

/// The first after that instant. Nothing: there is none in a whole cycle of the calendar.
std::optional<WallTime> next_slot(const Cron& cron, const Zone& zone, WallTime after);

/// The last after the one instant and not after the other, in a few steps, however far they are apart.
std::optional<WallTime> last_slot(const Cron& cron, const Zone& zone, WallTime after, WallTime until);

}  // namespace lanekeeper
