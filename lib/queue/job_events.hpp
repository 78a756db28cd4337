#pragma once
#include "job/effects.hpp"
#include "job/lifecycle.hpp"

#include <optional>
#include <vector>

namespace lanekeeper {

/// The word of the envelope for a transition: orchestrator_job_queued, …started and so on (orchestrator-queue.md,
/// WebSocket Events). A retry, a snooze and a recovery are news of a queued job.
std::string_view job_event_type(JobEvent event);

/// The event of a job as it is after a transition, routed to its source chat (api.md 7).
EventDraft job_event(const Job& job, std::string_view type);

/// What is told of a transition: in the words of jobs-family.md (`job:queued`, `job:started` …; a failed attempt that is
/// tried again is told before the queueing), and of a lane's job in those above too, first.
std::vector<EventDraft> job_news(const Transition& transition);

/// What is told of a new job; `submission`: what it was asked for with, where it came by /api/jobs.
std::vector<EventDraft> new_job_news(const Job& job, const std::optional<json::object>& submission);

/// The state as these routes say it: pending reads queued, expired reads failed (jobs-family.md, Words).
std::string_view orchestrator_state(JobState state);

}  // namespace lanekeeper
