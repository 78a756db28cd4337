#pragma once
#include "base/limits.hpp"
#include "base/schema.hpp"

namespace lanekeeper {

/// An id of ours or of a runtime, in a payload.
inline Schema id_schema() { return Schema::string(1, limits::thread_id_chars); }

}  // namespace lanekeeper
