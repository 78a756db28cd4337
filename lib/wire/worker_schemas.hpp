#pragma once
#include "base/schema.hpp"

namespace lanekeeper::wire {

// What workers say (jobs-family.md, Workers in any language).
const Schema& claim_schema();
const Schema& heartbeat_schema();
const Schema& progress_schema();
const Schema& complete_schema();
const Schema& fail_schema();

}  // namespace lanekeeper::wire
