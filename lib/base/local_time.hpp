#pragma once
#include "base/time.hpp"

#include <optional>

namespace lanekeeper {

/// A date and a time of day as people write them, in the time zone of this process (TZ).
struct LocalTime {
    int year = 1970;
    int month = 1;  // from 1
    int day = 1;
    int hour = 0;
    int minute = 0;
};

/// Nothing: the calendar does not reach so far.
std::optional<LocalTime> to_local(WallTime time);
std::optional<WallTime> from_local(const LocalTime& local);

}  // namespace lanekeeper
