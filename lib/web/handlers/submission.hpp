#pragma once
#include "base/schema.hpp"
#include "queue/submission.hpp"

namespace lanekeeper::web {

/// Reads one, or says which member breaks which rule.
Result<Submission> read_submission(const json::value& body, WallTime now);

}  // namespace lanekeeper::web
