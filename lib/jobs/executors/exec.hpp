#pragma once
#include "jobs/executors/executor_deps.hpp"
#include "queue/definition.hpp"
#include "queue/executors.hpp"

namespace lanekeeper {

/// An executor that runs a command: without a shell, in `/`, in a process group of its own, with PATH, HOME, LANG, TZ,
/// TMPDIR, LANEKEEPER_JOB_ID and LANEKEEPER_RUN in its environment. It gets its work order (work_order.hpp) as one line of
/// JSON on stdin, which is then closed, and says its result on stdout (work_result.hpp). How it may end: exec_end.hpp.
Definition exec_executor(const std::string& name, const ExecExecutor& declared, const ExecutorDeps& deps);

}  // namespace lanekeeper
