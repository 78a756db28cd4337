#include "base/local_time.hpp"

#include <ctime>

namespace lanekeeper {

std::optional<LocalTime> to_local(WallTime time) {
    auto seconds = std::time_t(to_ms(time) / 1000);
    std::tm when{};
    if (!localtime_r(&seconds, &when)) return {};
    LocalTime local;
    local.year = when.tm_year + 1900;
    local.month = when.tm_mon + 1;
    local.day = when.tm_mday;
    local.hour = when.tm_hour;
    local.minute = when.tm_min;
    return local;
}

std::optional<WallTime> from_local(const LocalTime& local) {
    std::tm when{};
    when.tm_year = local.year - 1900;
    when.tm_mon = local.month - 1;
    when.tm_mday = local.day;
    when.tm_hour = local.hour;
    when.tm_min = local.minute;
    when.tm_isdst = -1;  // whichever it is then
    auto seconds = std::mktime(&when);
    if (seconds == std::time_t(-1)) return {};
    return from_ms(std::int64_t(seconds) * 1000);
}

}  // namespace lanekeeper
