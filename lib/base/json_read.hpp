#pragma once
#include "base/error.hpp"

#include <string_view>

namespace lanekeeper {

/// Reads one JSON document the way bodies and frames are read (api.md 1): UTF-8, at most limits::json_depth levels, no
/// member name twice in one object, numbers that a double can hold, nothing after the document but white space. A number that
/// is no integer becomes the double next to it. Refuses with `invalid_json`; details {offset} is the byte at which reading
/// stopped.
Result<json::value> read_json(std::string_view text);

/// Reads what we wrote ourselves: the value that was written, to the last digit, whatever `read_json` let in and whatever was
/// put around it. (`json::parse` is neither exact nor as deep.) Refuses text that is no JSON as `read_json` does.
Result<json::value> read_stored_json(std::string_view text);

}  // namespace lanekeeper
