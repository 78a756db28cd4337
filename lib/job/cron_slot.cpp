#include "job/cron_slot.hpp"

namespace lanekeeper {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr int minutes_a_day = 24 * 60;

/// The first slot of that day after the instant, from that minute of the day on.
std::optional<WallTime> slot_of_day(const Cron& cron, const Zone& zone, year_month_day date, int minute, WallTime after) {
    LocalTime local;
    local.year = int(date.year());
    local.month = int(unsigned(date.month()));
    local.day = int(unsigned(date.day()));
    for (; minute < minutes_a_day; ++minute) {
        local.hour = minute / 60;
        local.minute = minute % 60;
        if (!cron.hours[std::size_t(local.hour)]) minute += 59 - local.minute;  // to the end of the hour
        else if (cron.minutes[std::size_t(local.minute)])
            if (auto at = zone.instant(local).at; at > after) return at;
    }
    return {};
}

sys_days day_of(const LocalTime& local) {
    return std::chrono::year{local.year} / std::chrono::month(unsigned(local.month)) / std::chrono::day(unsigned(local.day));
}

sys_days next_month(year_month_day date) { return (date.year() / date.month() + std::chrono::months{1}) / 1; }

}  // namespace

// Later local times never mean earlier instants, so the first that fits is the first of all.
std::optional<WallTime> next_slot(const Cron& cron, const Zone& zone, WallTime after) {
    auto start = zone.local(after);
    auto today = day_of(start);
    for (auto day = today; day <= today + calendar_cycle;) {
        year_month_day date{day};
        if (!cron.months[unsigned(date.month())]) {
            day = next_month(date);
            continue;
        }
        int minute = day == today ? start.hour * 60 + start.minute : 0;
        if (cron.has_day(date))
            if (auto found = slot_of_day(cron, zone, date, minute, after)) return found;
        day += days{1};
    }
    return {};
}

std::optional<WallTime> last_slot(const Cron& cron, const Zone& zone, WallTime after, WallTime until) {
    std::optional<WallTime> found;
    // From one slot to the next, and each time half of the way to an instant behind which there is none.
    for (auto bound = until;;) {
        auto next = next_slot(cron, zone, found.value_or(after));
        if (!next || *next > until) return found;
        found = next;
        auto middle = *found + (bound - *found) / 2;
        auto far = next_slot(cron, zone, middle);
        if (far && *far <= until) found = far;
        else bound = middle;
    }
}

}  // namespace lanekeeper
