#include "job/lifecycle.hpp"

#include "base/test_bugs.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace lanekeeper::lifecycle {
namespace {

Transition begin(const Job& job, JobEvent event) {
    auto state = next_state(job.state, event);
    if (!state)
        throw std::logic_error(fmt::format("{}: {} is not allowed while {}", job.id(), to_word(event), to_word(job.state)));
    Transition transition;
    transition.event = event;
    transition.from = job.state;
    transition.from_run = job.run;
    transition.next = job;
    transition.next.state = *state;
    return transition;
}

// What every end of an attempt leaves behind.
void leave_run(Job& job) {
    job.running = RunningContext{};
    job.next_attempt_at.reset();
}

Transition end(const Job& job, JobEvent event, WallTime at) {
    auto transition = begin(job, event);
    leave_run(transition.next);
    transition.next.completed_at = at;
    return transition;
}

Transition back_to_queue(const Job& job, JobEvent event, std::string error, bool give_back) {
    auto transition = begin(job, event);
    leave_run(transition.next);
    transition.next.error = std::move(error);
    if (give_back && transition.next.attempts > 0) --transition.next.attempts;
    return transition;
}

Transition begin_anew(const Job& job, JobEvent event, WallTime at, int max_attempts) {
    auto transition = begin(job, event);
    Job& next = transition.next;
    next.attempts = 0;
    next.max_attempts = max_attempts;
    next.attempt_returned = false;
    next.error.reset();
    next.completed_at.reset();
    next.cancel_requested_at.reset();
    next.cancel_reason.reset();
    next.progress = nullptr;
    if (next.expires_at && *next.expires_at <= at) next.expires_at.reset();
    leave_run(next);
    return transition;
}

}  // namespace

Transition promote(const Job& job, WallTime) { return begin(job, JobEvent::promote); }

Transition start(const Job& job, WallTime at, json::value dispatch) {
    auto transition = begin(job, JobEvent::start);
    Job& next = transition.next;
    if (!has_bug(Bug::run_reused) || next.run == 0) ++next.run;
    ++next.attempts;
    next.last_attempt_at = at;
    if (!next.started_at) next.started_at = at;
    next.next_attempt_at.reset();
    next.cancel_requested_at.reset();
    next.cancel_reason.reset();
    next.progress = nullptr;
    next.dispatch = std::move(dispatch);
    return transition;
}

Transition complete(const Job& job, WallTime at, json::object result, json::value token_usage) {
    auto transition = end(job, JobEvent::complete, at);
    transition.next.result = std::move(result);
    transition.next.error.reset();
    transition.next.token_usage = std::move(token_usage);
    return transition;
}

Transition fail(const Job& job, WallTime at, std::string error) {
    auto transition = end(job, JobEvent::fail, at);
    transition.next.error = std::move(error);
    return transition;
}

Transition retry(const Job& job, WallTime, std::string error, WallTime next_attempt) {
    auto transition = back_to_queue(job, JobEvent::retry, std::move(error), false);
    transition.next.next_attempt_at = next_attempt;
    return transition;
}

Transition snooze(const Job& job, WallTime until, std::string reason) {
    auto transition = back_to_queue(job, JobEvent::snooze, std::move(reason), true);
    transition.next.next_attempt_at = until;
    return transition;
}

Transition requeue(const Job& job, std::string reason, bool give_back) {
    return back_to_queue(job, JobEvent::requeue, std::move(reason), give_back);
}

Transition recover(const Job& job, std::string error, bool give_back) {
    auto transition = back_to_queue(job, JobEvent::recover, std::move(error), give_back);
    if (give_back) transition.next.attempt_returned = true;
    return transition;
}

Transition cancel(const Job& job, WallTime at, std::string error) {
    auto transition = end(job, JobEvent::cancel, at);
    if (!transition.next.cancel_requested_at) transition.next.cancel_requested_at = at;
    if (!transition.next.cancel_reason || has_bug(Bug::cancel_reason_overwritten)) transition.next.cancel_reason = error;
    transition.next.error = std::move(error);
    return transition;
}

Transition expire(const Job& job, WallTime at, std::string error) {
    auto transition = end(job, JobEvent::expire, at);
    transition.next.error = std::move(error);
    return transition;
}

Transition operator_retry(const Job& job, WallTime at, int max_attempts) {
    return begin_anew(job, JobEvent::operator_retry, at, max_attempts);
}

Transition reopen(const Job& job, WallTime at, int max_attempts) { return begin_anew(job, JobEvent::reopen, at, max_attempts); }

Transition ask_cancel(const Job& job, WallTime at, std::string reason) {
    auto transition = begin(job, JobEvent::report);
    if (transition.next.cancel_reason && !has_bug(Bug::cancel_reason_overwritten)) return transition;
    transition.next.cancel_requested_at = at;
    transition.next.cancel_reason = std::move(reason);
    return transition;
}

Transition set_context(const Job& job, RunningContext context) {
    auto transition = begin(job, JobEvent::report);
    transition.next.running = std::move(context);
    return transition;
}

Transition set_progress(const Job& job, json::value progress) {
    auto transition = begin(job, JobEvent::report);
    transition.next.progress = std::move(progress);
    return transition;
}

}  // namespace lanekeeper::lifecycle
