#pragma once
#include "base/json.hpp"

#include <algorithm>
#include <string>

namespace lanekeeper {

/// JSON for people: two spaces a level, arrays of plain values on one line.
inline void print_pretty(std::string& out, const json::value& value, std::size_t depth = 0) {
    auto line = [&](std::size_t at) { out += "\n" + std::string(at * 2, ' '); };
    auto plain = [](const json::value& v) { return !v.is_object() && !v.is_array(); };
    bool first = true;
    auto comma = [&] { out += first ? "" : ","; first = false; };
    if (const auto* object = value.if_object(); object && !object->empty()) {
        out += '{';
        for (const auto& member : *object) {
            comma();
            line(depth + 1);
            out += json::serialize(json::string_view(member.key())) + ": ";
            print_pretty(out, member.value(), depth + 1);
        }
        line(depth);
        out += '}';
    } else if (const auto* array = value.if_array(); array && !std::all_of(array->begin(), array->end(), plain)) {
        out += '[';
        for (const auto& element : *array) {
            comma();
            line(depth + 1);
            print_pretty(out, element, depth + 1);
        }
        line(depth);
        out += ']';
    } else if (array) {
        out += '[';
        for (const auto& element : *array) {
            if (!first) out += ", ";
            first = false;
            out += json::serialize(element);
        }
        out += ']';
    } else {
        out += json::serialize(value);
    }
}

inline std::string pretty(const json::value& value) {
    std::string out;
    print_pretty(out, value);
    return out + "\n";
}

}  // namespace lanekeeper
