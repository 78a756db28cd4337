#pragma once
#include "base/error.hpp"

#include <string_view>

namespace lanekeeper {

/// Reads one JSON document the way bodies and frames are read (api.md 1): UTF-8, at most limits::json_depth levels, no
/// member name twice in one object, numbers that a double can hold, nothing after the document but white space. Refuses
/// with `invalid_json`; details {offset} is the byte at which reading stopped.
Result<json::value> read_json(std::string_view text);

}  // namespace lanekeeper
