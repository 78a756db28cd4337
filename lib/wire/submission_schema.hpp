#pragma once
#include "base/schema.hpp"

namespace lanekeeper::wire {

/// What a submission may say (jobs-family.md, Submit).
const Schema& submission_schema();

}  // namespace lanekeeper::wire
