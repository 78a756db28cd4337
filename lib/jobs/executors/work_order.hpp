#pragma once
#include "job/job.hpp"

namespace lanekeeper {

/// What a declared executor is given of an attempt: {jobId, type, run, attempt, prompt?, payload, metadata,
/// dependencyResults?}. `prompt` is the payload's, where it has one that is text; (jobId, run) tells attempts apart.
json::object work_order(const Job& job, const json::object& payload, const json::value& dependency_results);

}  // namespace lanekeeper
