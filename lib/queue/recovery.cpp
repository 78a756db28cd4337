#include "queue/recovery.hpp"

#include "base/log.hpp"
#include "base/test_bugs.hpp"
#include "job/aggregate.hpp"
#include "queue/attempt_end.hpp"
#include "queue/transition_commit.hpp"
#include "runtime/wait_available.hpp"

#include <map>

namespace lanekeeper {
namespace {

// The turn was never seen to begin: the attempt cost nothing. Once a job, so that a job that kills the daemon before
// its turn still runs out of attempts.
bool turn_never_began(const Job& job, const Definition& definition) {
    return definition.uses_turns && !job.running.complete() && !job.attempt_returned;
}

std::string invalid_payload(const Job& job, const Definition& definition) {
    auto issues = definition.payload_schema.check(job.payload);
    if (issues.empty()) return {};
    return "recovery_invalid_payload:" + json::serialize(issues.front().path) + " " + issues.front().message;
}

bool can_be_asked(const Job& job, const Definition* definition) {
    bool may_have_turn = job.running.complete() || (definition && definition->uses_turns);
    return definition && definition->settle && job.state == JobState::running && may_have_turn &&
           !job.cancel_requested_at && invalid_payload(job, *definition).empty();
}

Task<std::optional<CompletedRun>> ask_once(std::shared_ptr<const Definition> definition, Job job) {
    std::optional<CompletedRun> settled;
    auto id = job.id();
    try {
        auto asking = definition->settle(std::move(job));
        settled = co_await std::move(asking);
    } catch (const std::exception& error) {
        log_warn("settle failed", {{"jobId", id}, {"type", definition->type}, {"error", error.what()}});
    }
    co_return settled;
}

bool has_definition(const Registry& registry, const OpenJob& job) {
    if (job.executor.empty() && job.type == aggregate_type) return true;  // nobody runs those
    auto definition = job.executor.empty() ? registry.find(job.type) : registry.executor(job.executor);
    return definition != nullptr;
}

Task<void> recover_one(QueueCore& core, std::int64_t key, MonoTime deadline) {
    auto reading = core.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job || is_terminal(job->state)) co_return;
    auto definition = core.registry.find(*job);
    if (job->state != JobState::running && definition) co_return;
    Job asked = *job;
    auto asking = ask_of_turn(core, std::move(asked), deadline);
    auto told = co_await std::move(asking);
    if (!told.asked) {
        core.untold.add(key, job->owner);
        co_return;
    }
    bool goes_on = false;
    if (!told.settled) {
        auto looking = may_go_on(core, *job);
        goes_on = co_await std::move(looking);
    }
    auto transition = decide_recovery(*job, definition.get(), core.time.wall(), std::move(told.settled), goes_on);
    auto committing = commit_transition(core, std::move(transition), Effects{});
    co_await std::move(committing);
}

}  // namespace

Transition decide_recovery(const Job& job, const Definition* definition, WallTime now,
                           std::optional<CompletedRun> settled, bool goes_on) {
    if (!definition) return lifecycle::fail(job, now, "recovery_unknown_job_type:" + job.type);
    if (auto invalid = invalid_payload(job, *definition); !invalid.empty()) return lifecycle::fail(job, now, invalid);
    if (job.cancel_requested_at) return lifecycle::cancel(job, now, job.cancel_reason.value_or("canceled"));
    if (settled) {
        AttemptEnd end;
        end.how = AttemptEnd::How::completed;
        end.completed = std::move(*settled);
        return decide_end(job, *definition, std::move(end), EndMoment{now});
    }
    if (goes_on) return lifecycle::recover(job, "recovered_from_running_state", true);
    if (definition->recover == OnRecovery::park) return lifecycle::fail(job, now, "outcome_unknown");
    bool give_back = turn_never_began(job, *definition);
    if (has_bug(Bug::crash_fails_pool_job) && job.in_pool()) return lifecycle::fail(job, now, "recovery_max_attempts_exceeded");
    if (!give_back && job.attempts >= job.max_attempts) return lifecycle::fail(job, now, "recovery_max_attempts_exceeded");
    return lifecycle::recover(job, "recovered_from_running_state", give_back);
}

Task<bool> may_go_on(QueueCore& core, Job job) {
    bool goes_on = false;
    auto definition = core.registry.find(job);
    bool spent = job.attempts >= job.max_attempts;
    if (!spent || !definition || !definition->goes_on || !can_be_asked(job, definition.get())) co_return goes_on;
    auto asking = definition->goes_on(std::move(job));
    goes_on = co_await std::move(asking);
    co_return goes_on;
}

Task<std::optional<Job>> recover_late(QueueCore& core, std::int64_t key, std::optional<CompletedRun> settled, bool goes_on) {
    std::optional<Job> back;
    auto reading = core.ledger.reader().job(key);
    auto job = co_await std::move(reading);
    if (!job || job->state != JobState::running) co_return back;
    auto definition = core.registry.find(*job);
    auto transition = decide_recovery(*job, definition.get(), core.time.wall(), std::move(settled), goes_on);
    auto committing = commit_transition(core, std::move(transition), Effects());
    auto next = co_await std::move(committing);
    if (next && next->state == JobState::queued) back = std::move(*next);
    co_return back;
}

// The turn may have come to its end without anybody there to see it: then it is not run, and paid for, again. A runtime
// that is not up yet, or dies meanwhile, is waited for.
Task<Told> ask_of_turn(QueueCore& core, Job job, MonoTime deadline) {
    Told told;
    auto definition = core.registry.find(job);
    if (!can_be_asked(job, definition.get())) co_return told;
    std::function<bool()> given_up = [&core] { return core.stopping.load(); };
    bool again = true;
    while (again) {
        auto waiting = wait_available(core.runtime, core.time, deadline, given_up);
        auto there = co_await std::move(waiting);
        Job asked = job;
        auto asking = ask_once(definition, std::move(asked));
        told.settled = co_await std::move(asking);
        told.asked = told.settled || (there && core.runtime.available());
        again = !told.asked && there && core.time.mono() < deadline && !core.stopping;
    }
    co_return told;
}

Task<void> recover_running(QueueCore& core, MonoTime deadline) {
    auto& store = core.ledger.reader();
    std::map<std::string, bool> known;
    for (std::int64_t after = 0;;) {
        auto reading = store.open_jobs(after, 10000);
        auto jobs = co_await std::move(reading);
        if (jobs.empty()) co_return;
        after = jobs.back().key;
        for (const auto& job : jobs) {
            auto [type, fresh] = known.try_emplace(job.executor + "|" + job.type, false);
            if (fresh) type->second = has_definition(core.registry, job);
            if (type->second && (job.state != JobState::running || core.registry.is_remote(job.executor))) continue;
            if (core.stopping) co_return;
            auto recovering = recover_one(core, job.key, deadline);
            co_await std::move(recovering);
        }
    }
}

}  // namespace lanekeeper
