#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Members of JSON objects that were stored or checked before: absent ones and those of another kind read as nothing,
/// since rows of older versions stay readable.
namespace lanekeeper::members {

inline const json::object* object(const json::object& from, std::string_view name) {
    const json::value* member = from.if_contains(name);
    return member ? member->if_object() : nullptr;
}

inline const json::array* array(const json::object& from, std::string_view name) {
    const json::value* member = from.if_contains(name);
    return member ? member->if_array() : nullptr;
}

inline std::optional<std::string> text_or_nothing(const json::object& from, std::string_view name) {
    const json::value* member = from.if_contains(name);
    if (!member || !member->is_string()) return {};
    return std::string(member->get_string());
}

inline std::string text(const json::object& from, std::string_view name) {
    return text_or_nothing(from, name).value_or(std::string());
}

inline bool flag(const json::object& from, std::string_view name) {
    const json::value* member = from.if_contains(name);
    return member && member->is_bool() && member->get_bool();
}

inline std::int64_t integer(const json::object& from, std::string_view name) {
    const json::value* member = from.if_contains(name);
    return member && member->is_int64() ? member->get_int64() : 0;
}

inline json::value or_null(const std::optional<std::string>& text) { return text ? json::value(*text) : json::value(); }

}  // namespace lanekeeper::members
