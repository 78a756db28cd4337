#include "job/cron.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

namespace lanekeeper {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 12> month_names = {"jan", "feb", "mar", "apr", "may", "jun",
                                                          "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Shorthand {
    std::string_view word, fields;
};
constexpr std::array shorthands = {
    Shorthand{"@hourly", "0 * * * *"}, Shorthand{"@daily", "0 0 * * *"},   Shorthand{"@midnight", "0 0 * * *"},
    Shorthand{"@weekly", "0 0 * * 0"}, Shorthand{"@monthly", "0 0 1 * *"}, Shorthand{"@yearly", "0 0 1 1 *"},
    Shorthand{"@annually", "0 0 1 1 *"},
};

/// A field by its name, its numbers and the words that may stand for them, from `least` on.
struct Field {
    std::string_view name;
    int least, most;
    Names words;
};
constexpr Field minute_field{"minute", 0, 59, {}}, hour_field{"hour", 0, 23, {}}, day_field{"day of month", 1, 31, {}};
constexpr Field month_field{"month", 1, 12, month_names}, weekday_field{"day of week", 0, 7, weekday_names};

Problem wrong(std::string message) {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back("invalid_value", json::array{"cron"}, std::move(message));
    return problem;
}

Problem wrong(const Field& field, std::string_view text, std::string_view rule) {
    return wrong(fmt::format("{}: \"{}\" {}", field.name, text, rule));
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return result;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool fold) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= text.size();) {
        auto end = std::min(text.find_first_of(separators, at), text.size());
        if (end > at || !fold) parts.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

std::optional<int> number(std::string_view text) {
    int value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('-')) return {};
    return value;
}

Result<int> read_value(const Field& field, std::string_view text) {
    auto word = std::find(field.words.begin(), field.words.end(), text);
    if (word != field.words.end()) return field.least + int(word - field.words.begin());
    auto value = number(text);
    if (!value) return wrong(field, text, field.words.empty() ? "is not a number" : "is neither a number nor a name");
    if (*value < field.least || *value > field.most)
        return wrong(field, text, fmt::format("is not within {} to {}", field.least, field.most));
    return *value;
}

struct Range {
    int first = 0, last = 0;
};

Result<Range> read_range(const Field& field, std::string_view text) {
    if (text == "*") return Range{field.least, field.most};
    auto dash = text.find('-');
    auto first = read_value(field, text.substr(0, dash));
    if (!first) return first.error();
    if (dash == std::string_view::npos) return Range{*first, *first};
    auto last = read_value(field, text.substr(dash + 1));
    if (!last) return last.error();
    Range range{*first, *last};
    if (field.most == 7 && range.last == 0 && range.first > 0) range.last = 7;  // up to Sunday
    if (range.last < range.first) return wrong(field, text, "ends before it begins");
    return range;
}

/// One part of a list into the bits; Sunday's second number is its first.
template <std::size_t N>
Result<void> read_part(const Field& field, std::string_view text, std::bitset<N>& bits) {
    auto slash = text.find('/');
    auto range = read_range(field, text.substr(0, slash));
    if (!range) return range.error();
    int step = 1;
    if (slash != std::string_view::npos) {
        auto said = number(text.substr(slash + 1));
        if (!said || *said < 1 || *said > field.most) return wrong(field, text, fmt::format("has a step that is not within 1 to {}", field.most));
        if (text[0] != '*' && text.substr(0, slash).find('-') == std::string_view::npos) return wrong(field, text, "has a step without a range or *");
        step = *said;
    }
    for (int value = range->first; value <= range->last; value += step) bits.set(std::size_t(value) % N);
    return {};
}

template <std::size_t N>
Result<void> read_field(const Field& field, std::string_view text, std::bitset<N>& bits) {
    for (auto part : split(text, ",", false)) {
        if (part.empty()) return wrong(field, text, "has an empty part in its list");
        if (auto ok = read_part(field, part, bits); !ok) return ok;
    }
    return {};
}

bool has_any_day(const Cron& cron) {
    constexpr std::chrono::sys_days begin{std::chrono::year{2000} / 1 / 1};
    for (auto day = begin; day < begin + calendar_cycle; day += std::chrono::days{1})
        if (cron.has_day(day)) return true;
    return false;
}

Result<std::string> written_out(std::string_view text) {
    auto small = lower(text);
    if (!small.starts_with('@')) return small;
    auto known = std::find_if(shorthands.begin(), shorthands.end(), [&](const auto& one) { return one.word == small; });
    if (known == shorthands.end()) return wrong("is not one of @hourly, @daily, @weekly, @monthly, @yearly");
    return std::string(known->fields);
}

}  // namespace

bool Cron::has_day(std::chrono::year_month_day date) const {
    if (!months[unsigned(date.month())]) return false;
    bool by_day = days[unsigned(date.day())];
    bool by_weekday = weekdays[std::chrono::weekday(date).c_encoding()];
    return either_day ? by_day || by_weekday : by_day && by_weekday;
}

Result<Cron> parse_cron(std::string_view text) {
    auto written = written_out(text);
    if (!written) return written.error();
    auto fields = split(*written, " \t", true);
    if (fields.size() != 5)
        return wrong(fmt::format("has {} fields instead of five: minute, hour, day of month, month, day of week", fields.size()));
    Cron cron;
    if (auto ok = read_field(minute_field, fields[0], cron.minutes); !ok) return ok.error();
    if (auto ok = read_field(hour_field, fields[1], cron.hours); !ok) return ok.error();
    if (auto ok = read_field(day_field, fields[2], cron.days); !ok) return ok.error();
    if (auto ok = read_field(month_field, fields[3], cron.months); !ok) return ok.error();
    if (auto ok = read_field(weekday_field, fields[4], cron.weekdays); !ok) return ok.error();
    cron.either_day = fields[2][0] != '*' && fields[4][0] != '*';
    if (!has_any_day(cron)) return wrong("has no day: no date ever fits its day of month and month");
    return cron;
}

}  // namespace lanekeeper
