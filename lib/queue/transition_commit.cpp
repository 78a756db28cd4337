#include "queue/transition_commit.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "job/aggregate.hpp"
#include "queue/job_events.hpp"
#include "queue/job_line.hpp"

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
        case JobEvent::reopen:
        case JobEvent::promote: return &definition.on_queued;
        case JobEvent::report: return nullptr;
    }
    return nullptr;
}

// What the definition's hook brings to a transition, or what was wrong with it.
struct Brought {
    Effects effects;
    std::string failed;
};

Brought ask_hook(const QueueCore& core, const Transition& transition, WallTime at) {
    Brought brought;
    auto definition = core.registry.find(transition.next);
    const Hook* hook = definition ? hook_for(*definition, transition.event) : nullptr;
    if (!hook || !*hook) return brought;
    try {
        brought.effects = (*hook)(HookInput{transition.next, at});
        const auto& effects = brought.effects;
        if (effects.deletes.size() + effects.puts.size() + effects.events.size() > limits::effects_per_commit)
            brought.failed = "more rows than one commit may have";
    } catch (const std::exception& error) {
        brought.failed = error.what();
    } catch (...) {
        brought.failed = "unknown exception";
    }
    if (!brought.failed.empty()) brought.effects = Effects();
    return brought;
}

// The failure that takes the place of a start or a completion whose rows cannot be written.
Transition give_up(const Transition& transition, const std::string& why, WallTime now) {
    Job before = transition.next;
    before.state = transition.from;
    before.run = transition.from_run;
    before.result.reset();
    if (transition.event == JobEvent::start) --before.attempts;
    return lifecycle::fail(before, now, cut_error("hook_failed: " + why));
}

// Refusals that say that somebody else was first.
bool is_stale(const Problem& problem) { return problem.code == "stale_job" || problem.code == "job_conflict"; }

Task<Result<Committed>> write(QueueCore& core, const Transition& transition, Effects effects) {
    Mutation mutation;
    mutation.at = core.time.wall();
    mutation.effects = std::move(effects);
    // Reports bring their own news, or none.
    if (transition.event != JobEvent::report)
        for (auto& news : job_news(transition)) mutation.effects.events.push_back(std::move(news));
    mutation.updates.emplace_back(transition.next, transition.from, transition.from_run);
    if (transition.event == JobEvent::operator_retry) mutation.updates.back().capacity = capacity_for(core, transition.next);
    mutation.updates.back().with_dependents = transition.with_dependents;
    mutation.tell = tell_dependents(core, mutation.at);
    auto committing = core.ledger.commit(std::move(mutation));
    auto committed = co_await std::move(committing);
    co_return committed;
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
    if (starts && job.worker_id) log_info("[WorkerPool] Worker " + *job.worker_id + " claimed job " + job.id(), {});
    JobLine(job, to_word(transition.from), reason, wait_ms, run_ms).write();
    auto outcome = is_terminal(job.state) ? to_word(job.state) : to_word(transition.event);
    if (ended_run || is_terminal(job.state)) core.metrics.ended(metrics_label(job), outcome, reason, ended_run ? run_ms : Millis{-1});
    if (is_terminal(job.state)) core.deadlines.forget(job.key, job.expires_at);
    if (is_terminal(transition.from)) core.deadlines.add(job.key, job.expires_at);
    if (job.state == JobState::completed && !is_aggregate(job)) core.completions.add(core.time.mono());
    if (is_terminal(job.state)) core.waiters.ended(job.key);
}

void log_dropped(const Transition& transition, const std::string& refused) {
    log_warn("late result dropped", {{"jobId", transition.next.id()},
                                     {"projectId", transition.next.owner},
                                     {"run", transition.from_run},
                                     {"wanted", to_word(transition.event)},
                                     {"reason", refused}});
}

}  // namespace

Problem no_such_job(const std::string& job_id) { return Problem("not_found", "no such job", json::object{{"jobId", job_id}}); }

Capacity capacity_for(const QueueCore& core, const Job& job) {
    return job.in_pool() ? Capacity{core.pool.queue_max, 0} : core.capacity();
}

Millis run_time(const Job& job, WallTime now) {
    return job.last_attempt_at ? std::max(now - *job.last_attempt_at, Millis{0}) : Millis{0};
}

// On the store's thread, inside the transaction: from constant things only, and it must not throw.
TellTransition tell_dependents(const QueueCore& core, WallTime at) {
    return [&core, at](const Transition& transition) {
        auto brought = ask_hook(core, transition, at);
        if (!brought.failed.empty()) log_error("hook failed", {{"jobId", transition.next.id()}, {"error", brought.failed}});
        for (auto& news : job_news(transition)) brought.effects.events.push_back(std::move(news));
        return std::move(brought.effects);
    };
}

void take_cascade(QueueCore& core, const Committed& committed) {
    for (const auto& transition : committed.cascaded) {
        account(core, transition);
        bool waits_here = transition.next.state == JobState::queued || transition.event == JobEvent::reopen;
        if (waits_here && core.freed) core.freed(transition.next);
    }
    // Its time may have come while this was being committed; who looked at it then saw that it waited for others as well.
    for (const auto& timed : committed.timed) {
        Job job;
        job.key = timed.key;
        job.state = JobState::pending;
        job.scheduled_for = timed.due;
        if (core.freed) core.freed(job);
    }
}

Task<Result<Job>> commit_transition(QueueCore& core, Transition transition, Effects extra) {
    Committed committed;
    for (bool with_hook = true;;) {
        auto brought = with_hook ? ask_hook(core, transition, core.time.wall()) : Brought();
        std::string refused = brought.failed;
        if (refused.empty()) {
            Effects effects = extra;
            effects.append(std::move(brought.effects));
            auto writing = write(core, transition, std::move(effects));
            auto written = co_await std::move(writing);
            if (written) {
                committed = std::move(*written);
                break;
            }
            refused = written.error().code + ": " + written.error().message;
            if (written.error().code == "queue_full") co_return written.error();
            if (is_stale(written.error()) || transition.event == JobEvent::report || !with_hook) {
                log_dropped(transition, refused);
                co_return written.error();
            }
        }
        log_error("hook failed", {{"jobId", transition.next.id()},
                                  {"type", transition.next.type},
                                  {"transition", to_word(transition.event)},
                                  {"error", refused}});
        bool matters = transition.event == JobEvent::start || transition.event == JobEvent::complete;
        if (matters) transition = give_up(transition, refused, core.time.wall());
        else with_hook = false;
    }
    account(core, transition);
    take_cascade(core, committed);
    co_return std::move(transition.next);
}

}  // namespace lanekeeper
