#pragma once
#include "jobs/executors/executor_deps.hpp"
#include "queue/definition.hpp"
#include "queue/executors.hpp"

namespace lanekeeper {

/// An executor that posts its work order (work_order.hpp) to a URL, with the headers Idempotency-Key (<jobId>:<run>),
/// X-Lanekeeper-Job-Id, and traceparent where the job's metadata has one. What its answer means: http_end.hpp.
Definition http_executor(const std::string& name, const HttpExecutor& declared, const ExecutorDeps& deps);

}  // namespace lanekeeper
