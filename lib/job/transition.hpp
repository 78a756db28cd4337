#pragma once
#include "job/job.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// What can happen to a job.
enum class JobEvent {
    promote,         // dependencies completed, or its time has come
    start,           // a run begins
    report,          // progress, running context, a cancel request: the state stays
    complete,
    fail,            // for good
    retry,           // the attempt failed, another will follow
    snooze,          // not now; costs nothing
    recover,         // found running after a restart
    requeue,         // given back by a clean shutdown
    cancel,
    expire,
    operator_retry,  // asked for by a person, on a terminal job
    reopen,          // what it depended on was retried so
};

std::string_view to_word(JobEvent event);
const std::vector<JobEvent>& all_job_events();
const std::vector<JobState>& all_job_states();

/// The one table of allowed transitions (queue.md 2). Nothing: not allowed, whoever asks.
std::optional<JobState> next_state(JobState from, JobEvent event);

}  // namespace lanekeeper
