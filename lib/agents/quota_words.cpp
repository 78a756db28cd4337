// Times that errors name in words.
#include "agents/quota.hpp"
#include "base/local_time.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace lanekeeper {
namespace {

/// What stands behind "try again <word> "; nothing when it does not stand there.
std::optional<std::string_view> behind(std::string_view words, std::string_view lead) {
    auto found = words.find(lead);
    if (found == std::string_view::npos) return {};
    return words.substr(found + lead.size());
}

void skip_spaces(std::string_view& text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == ',')) text.remove_prefix(1);
}

std::string_view take_letters(std::string_view& text) {
    std::size_t size = 0;
    while (size < text.size() && std::isalpha(static_cast<unsigned char>(text[size]))) ++size;
    auto word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

template <class Number>
std::optional<Number> take_number(std::string_view& text) {
    Number number{};
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{}) return {};
    text.remove_prefix(std::size_t(end - text.data()));
    return number;
}

// "s", "second", "seconds", "m" … in milliseconds; 0: no unit of time.
double unit_ms(std::string_view word) {
    if (word == "ms" || word.starts_with("milli")) return 1;
    if (word.empty()) return 0;
    switch (word.front()) {
        case 's': return 1e3;
        case 'm': return word.starts_with("mo") ? 0 : 60e3;
        case 'h': return 3600e3;
        case 'd': return 86400e3;
        case 'w': return 7 * 86400e3;
        default: return 0;
    }
}

int month_of(std::string_view word) {
    constexpr std::array<std::string_view, 12> names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (std::size_t i = 0; i < names.size(); ++i)
        if (word.starts_with(names[i])) return int(i) + 1;
    return 0;
}

// "Nov 24th, 2026 ", or nothing of the kind.
bool take_date(std::string_view& text, LocalTime& when) {
    if (text.empty() || !std::isalpha(static_cast<unsigned char>(text.front()))) return true;
    when.month = month_of(take_letters(text));
    skip_spaces(text);
    auto day = take_number<int>(text);
    take_letters(text);
    skip_spaces(text);
    auto year = take_number<int>(text);
    skip_spaces(text);
    if (when.month == 0 || !day || !year) return false;
    when.day = *day;
    when.year = *year;
    return true;
}

// "3:54 PM", "15:54".
bool take_time(std::string_view& text, LocalTime& when) {
    auto hour = take_number<int>(text);
    if (!hour || text.empty() || text.front() != ':') return false;
    text.remove_prefix(1);
    auto minute = take_number<int>(text);
    if (!minute) return false;
    skip_spaces(text);
    auto half = take_letters(text);
    when.hour = *hour;
    if (half == "PM" || half == "AM") when.hour = *hour % 12 + (half == "PM" ? 12 : 0);
    when.minute = *minute;
    return when.hour < 24 && *minute < 60;
}

}  // namespace

std::optional<WallTime> named_span(std::string_view words, WallTime now) {
    auto rest = behind(words, "try again in ");
    if (!rest) return {};
    constexpr double longest = 400 * 86400e3;  // ms
    double sum = 0;
    for (bool any = false;; any = true) {
        skip_spaces(*rest);
        auto number = take_number<double>(*rest);
        skip_spaces(*rest);
        double unit = number ? unit_ms(take_letters(*rest)) : 0;
        if (unit == 0 || *number < 0) {
            if (!any) return {};
            break;
        }
        sum = std::min(sum + *number * unit, longest);
    }
    return now + Millis{std::int64_t(sum)} + Millis{1};
}

std::optional<WallTime> named_time(std::string_view words, WallTime now) {
    auto rest = behind(words, "try again at ");
    if (!rest) return {};
    auto when = to_local(now);
    if (!when || !take_date(*rest, *when) || !take_time(*rest, *when)) return {};
    auto named = from_local(*when);
    if (!named) return {};
    return *named + std::chrono::minutes{1};
}

}  // namespace lanekeeper
