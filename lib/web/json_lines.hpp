#pragma once
#include "base/error.hpp"

#include <string_view>

namespace lanekeeper::web {

/// Reads one JSON document a line (application/x-ndjson) into an array; empty lines are passed over. Refuses with
/// `invalid_json`, details {offset, line} (of the whole text, lines from 1), and with `invalid_request` when there are more
/// than `most`.
Result<json::value> read_json_lines(std::string_view text, std::size_t most);

}  // namespace lanekeeper::web
