#pragma once
#include "queue/queue.hpp"

namespace lanekeeper {

/// What a dependent is given of a job that it waited for: {output, status} (jobs-family.md, Dependencies). `output` is the
/// result's own member of that name, where it has one, else the whole result; null where there is none.
json::object dependency_result(const Job& job);

/// {<jobId>: {output, status}} of its direct dependencies; null when it has none. They have ended, so a repetition says the
/// same; of one that is no longer kept nothing is said.
Task<json::value> dependency_results(Queue& queue, Job job);

}  // namespace lanekeeper
