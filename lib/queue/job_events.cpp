#include "queue/job_events.hpp"

#include "job/aggregate.hpp"

namespace lanekeeper {
namespace {

EventDraft about(const Job& job, std::string type, json::object payload) {
    EventDraft event(std::move(type), job.source_session_id, std::move(payload));
    event.job_id = job.id();
    event.workflow_id = job.workflow_id;
    if (is_aggregate(job)) event.workflow_id = job.id();
    return event;
}

/// In the words of jobs-family.md.
EventDraft own_event(const Job& job, const char* type, json::object payload) {
    auto event = about(job, type, std::move(payload));
    event.shows_job = true;
    return event;
}

EventDraft attempt_failed(const Job& job, bool will_retry) {
    return own_event(job, "job:failed", {{"error", job.error.value_or("")}, {"willRetry", will_retry}});
}

std::vector<EventDraft> own_news(const Transition& transition) {
    const Job& job = transition.next;
    json::object none;
    json::value worker;  // none, where a lane runs it
    if (job.worker_id) worker = json::string(*job.worker_id);
    switch (transition.event) {
        case JobEvent::start: return {own_event(job, "job:started", {{"workerId", worker}})};
        case JobEvent::report: return {own_event(job, "job:progress", {{"progress", job.progress}})};
        case JobEvent::complete: return {own_event(job, "job:completed", {{"result", job.result.value_or(none)}})};
        case JobEvent::fail: return {attempt_failed(job, false)};
        case JobEvent::expire: return {own_event(job, "job:expired", {{"error", job.error.value_or("")}})};
        case JobEvent::cancel: return {own_event(job, "job:cancelled", std::move(none))};
        case JobEvent::retry:
        case JobEvent::recover: return {attempt_failed(job, true), own_event(job, "job:queued", std::move(none))};
        case JobEvent::promote:
        case JobEvent::snooze:
        case JobEvent::requeue:
        case JobEvent::operator_retry: return {own_event(job, "job:queued", std::move(none))};
        case JobEvent::reopen: return {};  // it will be told when it is free to run
    }
    return {};
}

}  // namespace

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
        case JobEvent::operator_retry:
        case JobEvent::reopen: return "orchestrator_job_queued";
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
    return about(job, std::string(type), std::move(payload));
}

std::vector<EventDraft> job_news(const Transition& transition) {
    auto news = own_news(transition);
    if (!transition.next.in_pool()) news.insert(news.begin(), job_event(transition.next, job_event_type(transition.event)));
    return news;
}

std::vector<EventDraft> new_job_news(const Job& job, const std::optional<json::object>& submission) {
    std::vector<EventDraft> news;
    if (!job.in_pool()) news.push_back(job_event(job, job_event_type(JobEvent::promote)));
    if (submission) news.push_back(own_event(job, "job:created", *submission));
    if (job.state == JobState::queued) news.push_back(own_event(job, "job:queued", {}));
    return news;
}

}  // namespace lanekeeper
