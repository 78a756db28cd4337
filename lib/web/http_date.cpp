#include "web/http_date.hpp"

#include <fmt/format.h>

#include <array>

namespace lanekeeper::web {
namespace {

using namespace std::chrono;

std::string format_date(sys_seconds time) {
    static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto day = floor<std::chrono::days>(time);
    year_month_day date{day};
    hh_mm_ss clock{time - day};
    return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", days[weekday{day}.c_encoding()], unsigned(date.day()),
                       months[unsigned(date.month()) - 1], int(date.year()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

}  // namespace

std::string http_date(WallTime time) {
    thread_local sys_seconds last{};
    thread_local std::string text = format_date(last);
    auto now = floor<seconds>(time);
    if (now != last) {
        last = now;
        text = format_date(now);
    }
    return text;
}

}  // namespace lanekeeper::web
