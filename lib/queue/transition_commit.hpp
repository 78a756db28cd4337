#pragma once
#include "job/lifecycle.hpp"
#include "queue/attempt_end.hpp"
#include "queue/core.hpp"

namespace lanekeeper {

/// How every transition is committed, told and counted: the job's row, its definition's rows for this transition and
/// `extra`, and its event, in one commit; then one log line and the metrics. Returns the job as it was committed;
/// or why nothing changed: stale, or (an operator's retry) `queue_full`. Throws StorageUnavailable. The caller holds the lane's baton, or is
/// recovery.
///
/// A hook that throws, or whose rows the store refuses, is a mistake of its definition, and must not hold up a lane: a
/// start or a completion becomes a failure ("hook_failed: …"), every other transition is committed without its rows.
Task<Result<Job>> commit_transition(QueueCore& core, Transition transition, Effects extra);

/// What the store is to write with the transitions of dependents that it makes by itself. `core` outlives the commit.
TellTransition tell_dependents(const QueueCore& core, WallTime at);
/// After the commit: logged, counted, and who became free is handed to whoever runs it.
void take_cascade(QueueCore& core, const Committed& committed);

/// The job's type, where it is one that was registered; else its executor: what a metric may use as a label.
inline const std::string& metrics_label(const Job& job) { return job.executor.empty() ? job.type : job.executor; }

/// The caps on open jobs that this one is held to, the pool's or the lanes'.
Capacity capacity_for(const QueueCore& core, const Job& job);

/// `not_found`, as the queue says it.
Problem no_such_job(const std::string& job_id);

/// How long the last attempt ran.
Millis run_time(const Job& job, WallTime now);

}  // namespace lanekeeper
