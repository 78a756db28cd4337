#pragma once
#include "queue/definition.hpp"

#include <string_view>

namespace lanekeeper {

/// What an executor said, as a result: a JSON object as it is; other JSON as {output: <value>}; anything else as
/// {output: <text>}, without its last line's end, and with U+FFFD for bytes that are no UTF-8. An object's
/// `tokenUsage: {input, output}`, two counts, is the job's token usage too.
CompletedRun work_result(std::string_view said);

/// The part of what was said that an error has room for, of its beginning or of its end.
std::string first_said(std::string_view said);
std::string last_said(std::string_view said);

}  // namespace lanekeeper
