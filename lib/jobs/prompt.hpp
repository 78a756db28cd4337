#pragma once
#include "jobs/job_deps.hpp"

namespace lanekeeper {

/// The executor of jobs whose type is a free word (jobs-family.md, Submit): one turn with the job's prompt, and with the
/// results of what it depends on, on the session of the worker that runs it. Result: {output}.
Definition prompt_executor(const JobDeps& deps);

}  // namespace lanekeeper
