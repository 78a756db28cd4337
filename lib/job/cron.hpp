#pragma once
#include "base/error.hpp"

#include <bitset>
#include <chrono>
#include <string>
#include <string_view>

namespace lanekeeper {

/// A cron expression, read: the minutes of the days on which it has a slot. Five fields (minute 0-59, hour 0-23, day of the
/// month 1-31, month 1-12 or jan to dec, day of the week 0-7 or sun to sat, 7 is Sunday too), each `*`, a number, a range, a list
/// of those, with steps behind `*` or a range; or @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually.
struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days;
    std::bitset<13> months;
    std::bitset<7> weekdays;
    bool either_day = false;  // both day fields restrict (neither begins with `*`): one of them is enough

    bool has_day(std::chrono::year_month_day date) const;
};

/// Refused with `invalid_request`, path {"cron"}: the field and the rule that it breaks, or that no date ever fits.
Result<Cron> parse_cron(std::string_view text);

/// Days after which the calendar repeats, weekdays too: what has no day in so many has none at all.
inline constexpr std::chrono::days calendar_cycle{146'097};

}  // namespace lanekeeper
