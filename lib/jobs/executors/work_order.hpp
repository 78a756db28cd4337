#pragma once
#include "async/task.hpp"
#include "job/job.hpp"
#include "queue/queue.hpp"
#include "queue/run_context.hpp"

#include <memory>
#include <string>

namespace lanekeeper {

/// What a declared executor is given of an attempt: {jobId, type, run, attempt, prompt?, payload, metadata,
/// dependencyResults?}. `prompt` is the payload's, where it has one that is text; (jobId, run) tells attempts apart.
json::object work_order(const Job& job, const json::object& payload, const json::value& dependency_results);

/// That of this attempt, as text. Throws operation_aborted when it was asked to stop before there was one.
Task<std::string> write_order(Queue& queue, std::shared_ptr<RunContext> context, json::object payload);

}  // namespace lanekeeper
