#include "base/time.hpp"

#include <fmt/format.h>

#include <charconv>

namespace lanekeeper {
namespace {

bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
    if (at + count > text.size()) return false;
    const char* first = text.data() + at;
    auto [end, error] = std::from_chars(first, first + count, out);
    return error == std::errc{} && end == first + count && *first != '-' && *first != '+';
}

bool is(std::string_view text, std::size_t at, char wanted) { return at < text.size() && text[at] == wanted; }

// "Z", "+hh:mm" or "-hh:mm", to the end of the text.
std::optional<std::chrono::minutes> read_offset(std::string_view rest) {
    if (rest == "Z") return std::chrono::minutes{0};
    int hours = 0, minutes = 0;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':') return {};
    if (!digits(rest, 1, 2, hours) || !digits(rest, 4, 2, minutes) || hours > 23 || minutes > 59) return {};
    auto offset = std::chrono::minutes{hours * 60 + minutes};
    return rest[0] == '-' ? -offset : offset;
}

// ".d…" of any length; keeps milliseconds, moves `at` behind it.
Millis read_fraction(std::string_view text, std::size_t& at) {
    if (!is(text, at, '.')) return Millis{0};
    int scale = 100, ms = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        ms += (text[at] - '0') * scale;
        scale /= 10;
    }
    return Millis{ms};
}

}  // namespace

std::string iso(WallTime time) {
    auto day = std::chrono::floor<std::chrono::days>(time);
    std::chrono::year_month_day date{day};
    std::chrono::hh_mm_ss clock{time - day};
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", int(date.year()), unsigned(date.month()),
                       unsigned(date.day()), clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

std::optional<WallTime> parse_iso(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
    bool shape = digits(text, 0, 4, year) && is(text, 4, '-') && digits(text, 5, 2, month) && is(text, 7, '-') &&
                 digits(text, 8, 2, day) && (is(text, 10, 'T') || is(text, 10, ' ')) && digits(text, 11, 2, hour) &&
                 is(text, 13, ':') && digits(text, 14, 2, minute) && is(text, 16, ':') && digits(text, 17, 2, second);
    if (!shape || hour > 23 || minute > 59 || second > 60) return {};
    std::size_t at = 19;
    Millis fraction = read_fraction(text, at);
    auto offset = read_offset(text.substr(at));
    std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month(unsigned(month)),
                                     std::chrono::day(unsigned(day))};
    if (!offset || !date.ok()) return {};
    auto time = WallTime{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                std::chrono::seconds{second} + fraction - *offset;
    // `iso` has four digits for a year, and what is read must be readable when it has been written.
    auto utc_year = int(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(time)}.year());
    if (utc_year < 0 || utc_year > 9999) return {};
    return time;
}

WallTime SystemClock::wall() const { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
MonoTime SystemClock::mono() const { return std::chrono::steady_clock::now(); }

}  // namespace lanekeeper
