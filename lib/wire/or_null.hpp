#pragma once
#include "base/json.hpp"
#include "base/time.hpp"

#include <optional>
#include <type_traits>

namespace lanekeeper::wire {

/// Views show what is absent as null; times as ISO 8601.
template <class T>
json::value or_null(const std::optional<T>& value) {
    if (!value) return nullptr;
    if constexpr (std::is_same_v<T, WallTime>) return json::string(iso(*value));
    else return json::value(*value);
}

}  // namespace lanekeeper::wire
