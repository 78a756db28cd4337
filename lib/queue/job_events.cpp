#include "queue/job_events.hpp"

namespace lanekeeper {

std::string_view job_event_type(JobEvent event) {
    switch (event) {
        case JobEvent::start: return "orchestrator_job_started";
        case JobEvent::report: return "orchestrator_job_progress";
        case JobEvent::complete: return "orchestrator_job_completed";
        case JobEvent::fail:
        case JobEvent::expire: return "orchestrator_job_failed";
        case JobEvent::cancel: return "orchestrator_job_canceled";
        case JobEvent::promote:
        case JobEvent::retry:
        case JobEvent::snooze:
        case JobEvent::recover:
        case JobEvent::requeue:
        case JobEvent::operator_retry: return "orchestrator_job_queued";
    }
    return "";
}

std::string_view orchestrator_state(JobState state) {
    if (state == JobState::pending) return to_word(JobState::queued);
    if (state == JobState::expired) return to_word(JobState::failed);
    return to_word(state);
}

EventDraft job_event(const Job& job, std::string_view type) {
    json::object payload{{"jobId", job.id()},
                         {"projectId", job.owner},
                         {"jobType", job.type},
                         {"state", orchestrator_state(job.state)},
                         {"run", job.run},
                         {"attempt", job.attempts}};
    if (job.source_session_id) payload["sourceSessionId"] = *job.source_session_id;
    if (job.state == JobState::completed && job.result) payload["result"] = *job.result;
    if (job.error) payload["error"] = *job.error;
    if (!job.progress.is_null()) payload["progress"] = job.progress;
    if (job.next_attempt_at) payload["nextAttemptAt"] = iso(*job.next_attempt_at);
    if (const auto* key = job.payload.if_contains("requestKey")) payload["requestKey"] = *key;
    return EventDraft(std::string(type), job.source_session_id, std::move(payload));
}

}  // namespace lanekeeper
