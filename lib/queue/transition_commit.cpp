#include "queue/transition_commit.hpp"

#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "queue/job_events.hpp"

namespace lanekeeper {
namespace {

const Hook* hook_for(const Definition& definition, JobEvent event) {
    switch (event) {
        case JobEvent::start: return &definition.on_started;
        case JobEvent::complete: return &definition.on_completed;
        case JobEvent::fail:
        case JobEvent::expire: return &definition.on_failed;
        case JobEvent::cancel: return has_bug(Bug::placeholder_left_open) ? nullptr : &definition.on_canceled;
        case JobEvent::retry:
        case JobEvent::snooze:
        case JobEvent::recover:
        case JobEvent::requeue:
        case JobEvent::operator_retry:
        case JobEvent::promote: return &definition.on_queued;
        case JobEvent::report: return nullptr;
    }
    return nullptr;
}


Effects effects_of(const QueueCore& core, const Transition& transition) {
    Effects effects;
    auto definition = core.registry.find(transition.next.type);
    const Hook* hook = definition ? hook_for(*definition, transition.event) : nullptr;
    if (hook && *hook) effects = (*hook)(HookInput{transition.next, core.time.wall()});
    // Reports bring their own news, or none.
    if (transition.event == JobEvent::report) return effects;
    effects.events.push_back(job_event(transition.next, job_event_type(transition.event)));
    return effects;
}

// One log line and the counters of a committed transition; then those who wait for its end are woken.
void account(QueueCore& core, const Transition& transition) {
    const Job& job = transition.next;
    if (transition.event == JobEvent::report) return;
    bool ended_run = transition.from == JobState::running;
    bool starts = transition.event == JobEvent::start;
    auto run_ms = ended_run ? run_time(job, core.time.wall()) : Millis{0};
    auto wait_ms = starts ? core.time.wall() - job.created_at : Millis{0};
    std::string reason = job.error ? reason_word(*job.error) : std::string();
    log_info("job", {{"jobId", job.id()},
                     {"projectId", job.owner},
                     {"type", job.type},
                     {"attempt", job.attempts},
                     {"run", job.run},
                     {"from", to_word(transition.from)},
                     {"to", to_word(job.state)},
                     {"reason", reason},
                     {"waitMs", wait_ms.count()},
                     {"runMs", run_ms.count()},
                     {"dispatch", starts ? json::serialize(job.dispatch) : std::string()}});
    if (ended_run || is_terminal(job.state)) core.metrics.ended(job.type, to_word(transition.event), reason, run_ms);
    if (is_terminal(job.state)) core.waiters.ended(job.key);
}

}  // namespace

Millis run_time(const Job& job, WallTime now) {
    return job.last_attempt_at ? std::max(now - *job.last_attempt_at, Millis{0}) : Millis{0};
}

Task<bool> commit_transition(QueueCore& core, Transition transition, Effects extra) {
    Mutation mutation;
    mutation.at = core.time.wall();
    mutation.effects = std::move(extra);
    mutation.effects.append(effects_of(core, transition));
    mutation.updates.emplace_back(transition.next, transition.from, transition.from_run);
    auto committing = core.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    if (!committed) {
        log_warn("late result dropped", {{"jobId", transition.next.id()},
                                         {"projectId", transition.next.owner},
                                         {"run", transition.from_run},
                                         {"wanted", to_word(transition.event)},
                                         {"reason", committed.error().code}});
        co_return false;
    }
    account(core, transition);
    co_return true;
}

}  // namespace lanekeeper
