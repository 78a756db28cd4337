#pragma once
#include "wire/object_schemas.hpp"

namespace lanekeeper::wire {

/// The payloads of what is asked of people and of its ends: `approval`, `tool_user_input_requested`,
/// `tool_call_requested`, and `…_resolved` of each (api.md 7).
std::vector<NamedSchema> question_payloads();

}  // namespace lanekeeper::wire
