#pragma once
#include "async/task.hpp"
#include "async/time_source.hpp"
#include "base/error.hpp"
#include "job/effects.hpp"
#include "job/job.hpp"
#include "runtime/runtime.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// What a running attempt may use, and nothing else (queue.md 11). Used on the lane's strand. Everything it writes is
/// fenced by (job, run): once the attempt was given up, writes throw `StaleRun` and change nothing.
class RunContext {
public:
    virtual ~RunContext() = default;

    virtual const Job& job() const = 0;  // as it was started; the payload is handed to `run` apart
    std::string job_id() const { return job().id(); }
    int run() const { return job().run; }
    int attempt() const { return job().attempts; }

    virtual TimeSource& time() = 0;
    virtual Runtime& runtime() = 0;
    virtual asio::any_io_executor executor() const = 0;

    /// True once the attempt was asked to end (cancel, timeout, shutdown).
    virtual bool stop_requested() const = 0;

    /// Preparation that serves other jobs too (runtime.md 3, preflight) does not count against the attempt's time, which
    /// stands still in between. Harmless twice; whoever stops it starts it again.
    virtual void stop_clock() = 0;
    virtual void start_clock() = 0;

    /// A sign of life, for a definition that `beats` (jobs-family.md, Worker pool).
    virtual void beat() {}

    virtual Task<void> report_progress(json::value progress) = 0;
    /// Durable before it returns. From here a cancel interrupts that turn.
    virtual Task<void> set_running_context(RunningContext context) = 0;
    virtual Task<void> commit(Effects effects) = 0;
};

/// The attempt was given up; what it asked for did not happen.
class StaleRun : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace lanekeeper
