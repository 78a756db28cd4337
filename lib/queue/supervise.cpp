// Between the start of an attempt and its end: running it, waiting for it, ending it politely, giving it up.
#include "base/log.hpp"
#include "queue/attempt_context.hpp"
#include "queue/supervisor.hpp"
#include "queue/time_limit.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace lanekeeper {

Task<void> Supervisor::run_definition(std::shared_ptr<Supervisor> self, std::shared_ptr<Attempt> attempt, json::object payload) {
    // Asked to end before its first step: it could not hear of that, as it listens only when it runs.
    if (attempt->cause()) throw boost::system::system_error(asio::error::operation_aborted);
    auto context = std::make_shared<AttemptContext>(self, attempt);
    auto running = attempt->definition().run(context, std::move(payload));
    auto outcome = co_await std::move(running);
    AttemptEnd end;
    end.how = std::holds_alternative<CompletedRun>(outcome) ? AttemptEnd::How::completed : AttemptEnd::How::snoozed;
    if (auto* completed = std::get_if<CompletedRun>(&outcome)) end.completed = std::move(*completed);
    if (auto* snoozed = std::get_if<SnoozedRun>(&outcome)) end.snoozed = std::move(*snoozed);
    attempt->finished(std::move(end));
}

void Supervisor::runner_ended(const std::shared_ptr<Attempt>& attempt, std::exception_ptr failure) {
    if (failure) attempt->finished(read_failure(failure, attempt->definition()));
    if (attempt->abandoned()) {
        core_.metrics.abandoned(-1);
        log_warn("abandoned runner ended", {{"jobId", attempt->job.id()}, {"run", attempt->job.run}});
    }
    if (!attempt->current()) house_.changed();  // the house let go of it before
}

// Waits for the runner to end, or for a reason to end it, or for its time to be up. Returns when the house may go on.
Task<void> Supervisor::supervise(std::shared_ptr<Attempt> attempt) {
    const Definition& definition = attempt->definition();
    auto late = time_limit(attempt->job, definition, core_);
    attempt->give_time(late.after, core_.time.mono());
    attempt->beat(core_.time.mono());
    auto self = kept();
    json::object payload = attempt->job.payload;
    auto running = run_definition(self, attempt, std::move(payload));
    auto runner = nursery_.start("run " + attempt->job.id(), std::move(running),
                                 [self, attempt](std::exception_ptr failure) { self->runner_ended(attempt, failure); });
    if (core_.stopping.load()) attempt->ask_to_end(StopCause(StopCause::Kind::shutdown, "shutdown"));
    while (!attempt->done() && !attempt->cause()) {
        auto waiting = attempt->wait();
        co_await std::move(waiting);
        if (attempt->late(core_.time.mono())) attempt->ask_to_end(late.cause);
    }
    if (!attempt->done()) {
        auto ending = end_politely(attempt, runner);
        co_await std::move(ending);
    }
}

// total: please end. Then the grace. Then terminal: you are abandoned, and the house goes on without you.
Task<void> Supervisor::end_politely(std::shared_ptr<Attempt> attempt, std::shared_ptr<Nursery::Child> runner) {
    const CancelPolicy& policy = attempt->definition().cancel;
    bool at_once = policy.strategy == CancelStrategy::mark_canceled && attempt->cause()->kind == StopCause::Kind::canceled;
    auto grace_ends = core_.time.mono() + (at_once ? Millis{0} : policy.graceful_wait);
    // A stop has its own window, at whose end every attempt is forced.
    if (attempt->cause()->kind == StopCause::Kind::shutdown) grace_ends = MonoTime::max();
    runner->cancel(asio::cancellation_type::total);
    if (attempt->definition().uses_turns || attempt->job.running.complete()) start_interrupting(attempt);
    while (!attempt->done() && !attempt->forced() && core_.time.mono() < grace_ends) {
        auto waiting = attempt->wait_until(grace_ends);
        co_await std::move(waiting);
    }
    if (attempt->done()) co_return;
    attempt->abandon();
    core_.metrics.abandoned(+1);
    log_warn("runner abandoned", {{"jobId", attempt->job.id()},
                                  {"projectId", house_.owner()},
                                  {"run", attempt->job.run},
                                  {"reason", attempt->cause()->reason}});
    runner->cancel(asio::cancellation_type::terminal);
}

void Supervisor::start_interrupting(const std::shared_ptr<Attempt>& attempt) {
    auto self = kept();
    auto interrupting = interrupt_turn(attempt);
    nursery_.start("interrupt " + attempt->job.id(), std::move(interrupting), [self](std::exception_ptr failure) {
        log_escape("interrupt", failure);
        self->house_.changed();
    });
}

// Asks for the turn to end until the attempt has: the turn may not have begun, or may be begun again (queue.md 6). Once
// even when the attempt has ended: its runner may have let go of a turn that goes on.
Task<void> Supervisor::interrupt_turn(std::shared_ptr<Attempt> attempt) {
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
Task<void> Supervisor::ask_interrupt(RunningContext turn, std::string job_id) {
    try {
        auto interrupting = core_.runtime.interrupt_turn(turn.thread_id, turn.turn_id);
        co_await std::move(interrupting);
    } catch (const std::exception& error) {
        log_debug("turn not interrupted", {{"jobId", job_id}, {"turnId", turn.turn_id}, {"error", error.what()}});
    }
}

}  // namespace lanekeeper
