#pragma once
#include "job/transition.hpp"

#include <string>

namespace lanekeeper {

// What each event makes of a job: pure functions from the job as it was to the job as it will be. Each asks the table
// of transition.hpp and throws std::logic_error when the event is not allowed: callers look first.

/// A transition that has been decided and not yet committed.
struct Transition {
    Transition() = default;
    JobEvent event = JobEvent::report;
    JobState from = JobState::queued;
    int from_run = 0;
    Job next;
    bool with_dependents = false;  // of an operator's retry: those are reopened too that ended because this one had
};

namespace lifecycle {

Transition promote(const Job& job, WallTime at);
/// Spends an attempt; gives the job its next run.
Transition start(const Job& job, WallTime at, json::value dispatch);
Transition complete(const Job& job, WallTime at, json::object result, json::value token_usage);
Transition fail(const Job& job, WallTime at, std::string error);
/// Back to the queue until `next_attempt`.
Transition retry(const Job& job, WallTime at, std::string error, WallTime next_attempt);
/// Back to the queue; the attempt is given back.
Transition snooze(const Job& job, WallTime until, std::string reason);
/// Back to the queue after a clean stop: the attempt is given back. A forced one keeps it spent.
Transition requeue(const Job& job, std::string reason, bool give_back);
/// Found running after a restart; `give_back` the attempt whose turn never began (once per job).
Transition recover(const Job& job, std::string error, bool give_back);
Transition cancel(const Job& job, WallTime at, std::string error);
Transition expire(const Job& job, WallTime at, std::string error);
/// A new budget of `max_attempts`, and no deadline that is over; `run` goes on counting.
Transition operator_retry(const Job& job, WallTime at, int max_attempts);
/// What it depended on is tried again by an operator: it waits for it again. As above.
Transition reopen(const Job& job, WallTime at, int max_attempts);

// Reports change a running job and leave its state.
Transition ask_cancel(const Job& job, WallTime at, std::string reason);
Transition set_context(const Job& job, RunningContext context);
Transition set_progress(const Job& job, json::value progress);

}  // namespace lifecycle
}  // namespace lanekeeper
