#pragma once
#include "job/job.hpp"

#include <vector>

namespace lanekeeper::wire {

/// What a workflow is answered, of its own job and its jobs: {workflowId, jobId, name, mode, status, jobs: [{key, jobId, type,
/// status, dependencies}], createdAt} (jobs-family.md, Workflow). `all`: as they were stored, its own first.
json::object submitted_workflow(const std::vector<Job>& all);

/// What a bulk submission is answered: {jobs: [{jobId, status, createdAt}]}.
json::object submitted_jobs(const std::vector<Job>& jobs);

}  // namespace lanekeeper::wire
