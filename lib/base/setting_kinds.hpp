#pragma once
// Private to the settings table: rows by the kind of their value. `Group` and `Member` are pointers to members that
// lead from `Settings` to the value.
#include "base/settings_row.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace lanekeeper::setting {

template <auto Group, auto Member>
auto& at(Settings& settings) {
    return settings.*Group.*Member;
}
template <auto Group, auto Member>
const auto& at(const Settings& settings) {
    return settings.*Group.*Member;
}

inline std::optional<std::int64_t> read_whole(std::string_view text, std::int64_t min, std::int64_t max) {
    std::int64_t value = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < min || value > max) return {};
    return value;
}

inline std::string range_rule(std::string_view what, std::int64_t min, std::int64_t max) {
    return fmt::format("{} from {} to {}", what, min, max);
}

/// A count, or a size in bytes or characters.
template <auto Group, auto Member>
SettingRow whole(std::string name, std::int64_t min, std::int64_t max, std::string meaning) {
    auto parse = [=](Settings& settings, std::string_view text) {
        auto value = read_whole(text, min, max);
        if (value) at<Group, Member>(settings) = std::decay_t<decltype(at<Group, Member>(settings))>(*value);
        return value.has_value();
    };
    auto print = [](const Settings& settings) { return fmt::format("{}", at<Group, Member>(settings)); };
    return {std::move(name), range_rule("a whole number", min, max), std::move(meaning), parse, print};
}

/// A time. `Unit` is what the text counts.
template <class Unit, auto Group, auto Member>
SettingRow span(std::string name, std::int64_t min, std::int64_t max, std::string_view unit, std::string meaning) {
    auto parse = [=](Settings& settings, std::string_view text) {
        auto value = read_whole(text, min, max);
        if (value) at<Group, Member>(settings) = Unit(*value);
        return value.has_value();
    };
    auto print = [](const Settings& settings) {
        return fmt::format("{}", std::chrono::duration_cast<Unit>(at<Group, Member>(settings)).count());
    };
    return {std::move(name), range_rule(unit, min, max), std::move(meaning), parse, print};
}

template <auto Group, auto Member>
SettingRow millis(std::string name, std::int64_t min, std::int64_t max, std::string meaning) {
    return span<Millis, Group, Member>(std::move(name), min, max, "milliseconds", std::move(meaning));
}
template <auto Group, auto Member>
SettingRow seconds(std::string name, std::int64_t min, std::int64_t max, std::string meaning) {
    return span<std::chrono::seconds, Group, Member>(std::move(name), min, max, "seconds", std::move(meaning));
}
template <auto Group, auto Member>
SettingRow hours(std::string name, std::int64_t min, std::int64_t max, std::string meaning) {
    return span<std::chrono::hours, Group, Member>(std::move(name), min, max, "hours", std::move(meaning));
}

template <auto Group, auto Member>
SettingRow flag(std::string name, std::string meaning) {
    auto parse = [](Settings& settings, std::string_view text) {
        bool yes = text == "true" || text == "1", no = text == "false" || text == "0";
        if (yes || no) at<Group, Member>(settings) = yes;
        return yes || no;
    };
    auto print = [](const Settings& settings) { return at<Group, Member>(settings) ? "true" : "false"; };
    return {std::move(name), "true or false", std::move(meaning), parse, print};
}

/// Free text that `fits` accepts; control characters never do.
template <auto Group, auto Member>
SettingRow text(std::string name, std::string rule, std::string meaning, bool (*fits)(std::string_view)) {
    auto parse = [fits](Settings& settings, std::string_view value) {
        auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
        bool good = std::none_of(value.begin(), value.end(), control) && fits(value);
        if (good) at<Group, Member>(settings) = std::string(value);
        return good;
    };
    auto print = [](const Settings& settings) { return at<Group, Member>(settings); };
    return {std::move(name), std::move(rule), std::move(meaning), parse, print};
}

/// Comma-separated; spaces around an element do not count, empty elements are skipped.
template <auto Group, auto Member>
SettingRow list(std::string name, std::string rule, std::string meaning, bool (*fits)(std::string_view)) {
    auto parse = [fits](Settings& settings, std::string_view value) {
        std::vector<std::string> elements;
        while (!value.empty()) {
            auto element = value.substr(0, value.find(','));
            value.remove_prefix(std::min(value.size(), element.size() + 1));
            while (element.starts_with(' ')) element.remove_prefix(1);
            while (element.ends_with(' ')) element.remove_suffix(1);
            if (element.empty()) continue;
            if (!fits(element)) return false;
            elements.emplace_back(element);
        }
        at<Group, Member>(settings) = std::move(elements);
        return true;
    };
    auto print = [](const Settings& settings) {
        return fmt::format("{}", fmt::join(at<Group, Member>(settings), ","));
    };
    return {std::move(name), std::move(rule), std::move(meaning), parse, print};
}

template <class T>
using Words = std::vector<std::pair<std::string, T>>;

/// One of a few words, each standing for a value.
template <auto Group, auto Member, class T>
SettingRow choice(std::string name, Words<T> words, std::string meaning) {
    std::vector<std::string> names;
    for (const auto& [word, value] : words) names.push_back(word);
    auto parse = [words](Settings& settings, std::string_view text) {
        auto named = [&](const auto& word) { return word.first == text; };
        auto found = std::find_if(words.begin(), words.end(), named);
        if (found != words.end()) at<Group, Member>(settings) = found->second;
        return found != words.end();
    };
    auto print = [words](const Settings& settings) {
        auto chosen = [&](const auto& word) { return word.second == at<Group, Member>(settings); };
        auto found = std::find_if(words.begin(), words.end(), chosen);
        return found == words.end() ? std::string() : found->first;
    };
    return {std::move(name), fmt::format("one of {}", fmt::join(names, ", ")), std::move(meaning), parse, print};
}

/// A choice whose value is the word itself.
template <auto Group, auto Member>
SettingRow word(std::string name, std::vector<std::string> words, std::string meaning) {
    Words<std::string> same;
    for (auto& entry : words) same.emplace_back(entry, entry);
    return choice<Group, Member>(std::move(name), std::move(same), std::move(meaning));
}

}  // namespace lanekeeper::setting
