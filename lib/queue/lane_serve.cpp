// The lane's one loop: choose, start, supervise, finish, one job a slot.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/lane.hpp"
#include "queue/lane_run_context.hpp"
#include "queue/transition_commit.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

json::value explain_choice(const Choice& choice, MonoTime now) {
    auto waited = std::chrono::duration_cast<Millis>(now - choice.since);
    return json::object{{"rule", to_word(choice.rule)}, {"waitMs", waited.count()}, {"passedOver", choice.passed_over}};
}

// Why a job cannot be run at all; empty when it can.
std::string unfit(const Job& job, const Definition* definition) {
    if (!definition) return "recovery_unknown_job_type:" + job.type;
    try {
        auto issues = definition->payload_schema.check(job.payload);
        if (issues.empty()) return {};
        return "recovery_invalid_payload:" + json::serialize(issues.front().path) + " " + issues.front().message;
    } catch (const std::exception& error) {
        return std::string("recovery_invalid_payload:") + error.what();
    }
}

}  // namespace

Task<void> Lane::serve(JobClass granted) {
    bool broken = false;
    try {
        auto running = run_next(granted);
        co_await std::move(running);
    } catch (const std::exception& error) {
        broken = true;
        log_error("lane out of step", {{"projectId", owner_}, {"error", error.what()}});
    }
    // Nothing was started, so nothing is lost; the pause keeps a full disk, or a mistake, from being met in a tight loop.
    if (broken && !core_.stopping.load()) {
        auto pausing = pause_for(core_.time, limits::storage_probe);
        co_await std::move(pausing);
    }
}

Task<void> Lane::run_next(JobClass granted) {
    auto choice = choose();
    // Between the ask and the grant the choice may have become one of the other class: ask again.
    if (!choice || choice->job_class != granted) co_return;
    auto starting = start_chosen(*choice);
    auto attempt = co_await std::move(starting);
    if (!attempt) co_return;
    json::object payload = attempt->job.payload;
    auto supervising = supervise(attempt, std::move(payload));
    co_await std::move(supervising);
    auto finishing = finish(attempt);
    co_await std::move(finishing);
}

Task<std::shared_ptr<Attempt>> Lane::start_chosen(Choice choice) {
    auto taking = baton_.take();
    auto hold = co_await std::move(taking);
    std::shared_ptr<Attempt> attempt;
    if (!waiting_.contains(choice.key) || resting()) co_return attempt;  // canceled or paused meanwhile
    auto starting = start_job(choice);
    attempt = co_await std::move(starting);
    running_ = attempt;
    report();
    co_return attempt;
}

Task<std::shared_ptr<Attempt>> Lane::start_job(Choice choice) {
    std::shared_ptr<Attempt> attempt;
    auto reading = core_.ledger.reader().job(choice.key);
    auto job = co_await std::move(reading);
    if (!job || job->state != JobState::queued) {
        waiting_.remove(choice.key);
        co_return attempt;
    }
    auto definition = core_.registry.find(job->type);
    auto now = core_.time.wall();
    auto refused = unfit(*job, definition.get());
    auto transition = refused.empty() ? lifecycle::start(*job, now, explain_choice(choice, core_.time.mono()))
                                      : lifecycle::fail(*job, now, cut_error(refused));
    auto committing = commit(std::move(transition));
    auto next = co_await std::move(committing);
    waiting_.remove(choice.key);
    if (!next || next->state != JobState::running) co_return attempt;
    started_ = true;
    burst_ = burst_after(burst_, choice.job_class);
    auto waited = std::chrono::duration_cast<Millis>(core_.time.mono() - choice.since);
    core_.metrics.started(next->type, waited, choice.rule == Choice::Rule::aged);
    attempt = std::make_shared<Attempt>(std::move(*next), definition, core_.time.alarm(strand_));
    co_return attempt;
}

Task<void> Lane::run_definition(std::shared_ptr<Lane> self, std::shared_ptr<Attempt> attempt, json::object payload) {
    auto context = std::make_shared<LaneRunContext>(self, attempt);
    auto running = attempt->definition().run(context, std::move(payload));
    auto outcome = co_await std::move(running);
    AttemptEnd end;
    end.how = std::holds_alternative<CompletedRun>(outcome) ? AttemptEnd::How::completed : AttemptEnd::How::snoozed;
    if (auto* completed = std::get_if<CompletedRun>(&outcome)) end.completed = std::move(*completed);
    if (auto* snoozed = std::get_if<SnoozedRun>(&outcome)) end.snoozed = std::move(*snoozed);
    attempt->finished(std::move(end));
}

void Lane::runner_ended(const std::shared_ptr<Attempt>& attempt, std::exception_ptr failure) {
    if (failure) attempt->finished(read_failure(failure, attempt->definition()));
    if (attempt->abandoned()) {
        core_.metrics.abandoned(-1);
        log_warn("abandoned runner ended", {{"jobId", attempt->job.id()}, {"run", attempt->job.run}});
    }
    if (!attempt->current()) report();  // the lane let go of it before
}

// Waits for the runner to end, or for a reason to end it, or for its time to be up. Returns when the lane may go on.
Task<void> Lane::supervise(std::shared_ptr<Attempt> attempt, json::object payload) {
    const Definition& definition = attempt->definition();
    auto timeout = definition.timeout.value_or(core_.settings.default_timeout);
    attempt->give_time(timeout, core_.time.mono());
    auto self = shared_from_this();
    auto running = run_definition(self, attempt, std::move(payload));
    auto runner = nursery_.start("run " + attempt->job.id(), std::move(running),
                                 [self, attempt](std::exception_ptr failure) { self->runner_ended(attempt, failure); });
    if (core_.stopping.load()) attempt->ask_to_end(StopCause(StopCause::Kind::shutdown, "shutdown"));
    while (!attempt->done() && !attempt->cause()) {
        auto waiting = attempt->wait();
        co_await std::move(waiting);
        if (attempt->late(core_.time.mono())) attempt->ask_to_end(StopCause(StopCause::Kind::timeout, "timeout"));
    }
    if (!attempt->done()) {
        auto ending = end_politely(attempt, runner);
        co_await std::move(ending);
    }
}

// total: please end. Then the grace. Then terminal: you are abandoned, and the lane goes on without you.
Task<void> Lane::end_politely(std::shared_ptr<Attempt> attempt, std::shared_ptr<Nursery::Child> runner) {
    const CancelPolicy& policy = attempt->definition().cancel;
    bool at_once = policy.strategy == CancelStrategy::mark_canceled && attempt->cause()->kind == StopCause::Kind::canceled;
    auto grace_ends = core_.time.mono() + (at_once ? Millis{0} : policy.graceful_wait);
    // A stop has its own window, at whose end every attempt is forced.
    if (attempt->cause()->kind == StopCause::Kind::shutdown) grace_ends = MonoTime::max();
    runner->cancel(asio::cancellation_type::total);
    if (attempt->definition().uses_turns || attempt->job.running.complete()) {
        auto self = shared_from_this();
        auto interrupting = interrupt_turn(attempt);
        nursery_.start("interrupt " + attempt->job.id(), std::move(interrupting), [self](std::exception_ptr failure) {
            log_escape("interrupt", failure);
            self->report();
        });
    }
    while (!attempt->done() && !attempt->forced() && core_.time.mono() < grace_ends) {
        auto waiting = attempt->wait_until(grace_ends);
        co_await std::move(waiting);
    }
    if (attempt->done()) co_return;
    attempt->abandon();
    core_.metrics.abandoned(+1);
    log_warn("runner abandoned", {{"jobId", attempt->job.id()},
                                  {"projectId", owner_},
                                  {"run", attempt->job.run},
                                  {"reason", attempt->cause()->reason}});
    runner->cancel(asio::cancellation_type::terminal);
}

// Asks for the turn to end until the attempt has: the turn may not have begun, or may be begun again (queue.md 6). Once
// even when the attempt has ended: its runner may have let go of a turn that goes on.
Task<void> Lane::interrupt_turn(std::shared_ptr<Attempt> attempt) {
    constexpr Millis shortest{50}, longest{500};
    Millis pause = shortest;
    do {
        auto turn = attempt->job.running;
        if (turn.complete()) {
            auto asking = ask_interrupt(std::move(turn), attempt->job.id());
            co_await std::move(asking);
            pause = std::min(pause * 2, longest);
        }
        if (attempt->done()) co_return;
        auto pausing = pause_for(core_.time, pause);
        co_await std::move(pausing);
    } while (!attempt->done() && attempt->current());
}

// Whatever comes back, the attempt's grace goes on.
Task<void> Lane::ask_interrupt(RunningContext turn, std::string job_id) {
    try {
        auto interrupting = core_.runtime.interrupt_turn(turn.thread_id, turn.turn_id);
        co_await std::move(interrupting);
    } catch (const std::exception& error) {
        log_debug("turn not interrupted", {{"jobId", job_id}, {"turnId", turn.turn_id}, {"error", error.what()}});
    }
}

// A result that cannot be written yet is kept until it can, or until the daemon stops: then recovery decides.
Task<void> Lane::finish(std::shared_ptr<Attempt> attempt) {
    auto end = attempt->take_end();
    for (bool written = false; !written;) {
        auto finishing = finish_once(attempt, end);
        written = co_await std::move(finishing);
        if (written || core_.stopping.load()) break;
        auto pausing = pause_for(core_.time, limits::storage_probe);
        co_await std::move(pausing);
    }
    attempt->release();
    running_.reset();
}

Task<bool> Lane::finish_once(std::shared_ptr<Attempt> attempt, AttemptEnd end) {
    auto taking = baton_.take();
    auto hold = co_await std::move(taking);
    if (is_terminal(attempt->job.state)) co_return true;  // mark_canceled came first
    EndMoment moment;
    moment.now = core_.time.wall();
    moment.retry_delay = core_.backoff(attempt->definition().retry.backoff, attempt->job.attempts);
    auto transition = decide_end(attempt->job, attempt->definition(), std::move(end), moment);
    bool written = false;
    std::optional<Job> next;
    try {
        auto committing = commit(std::move(transition));
        next = co_await std::move(committing);
        written = true;
    } catch (const StorageUnavailable& error) {
        log_error("result not written yet", {{"jobId", attempt->job.id()}, {"error", error.what()}});
    }
    if (!next) co_return written;
    note_run_time(run_time(*next, moment.now));
    if (next->state == JobState::queued) add_waiting(*next);
    co_return written;
}

void Lane::note_run_time(Millis ran) {
    auto ms = double(ran.count());
    recent_run_ms_ = recent_run_ms_ > 0 ? recent_run_ms_ * 0.8 + ms * 0.2 : ms;
}

}  // namespace lanekeeper
