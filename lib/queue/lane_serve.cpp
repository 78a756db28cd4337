// The lane's one loop: choose, start, see through, one job a slot.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/lane.hpp"

namespace lanekeeper {

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
    if (!choice || choice->job_class != granted || remote_.contains(choice->key)) co_return;
    auto starting = start_chosen(*choice);
    auto attempt = co_await std::move(starting);
    if (!attempt) co_return;
    auto seeing = supervisor_.see_through(attempt);
    co_await std::move(seeing);
}

Task<std::shared_ptr<Attempt>> Lane::start_chosen(Choice choice) {
    auto taking = supervisor_.baton().take();
    auto hold = co_await std::move(taking);
    std::shared_ptr<Attempt> attempt;
    if (!waiting_.contains(choice.key) || resting()) co_return attempt;  // canceled or paused meanwhile
    auto starting = supervisor_.start(choice.key, explain(choice, core_.time.mono()));
    attempt = co_await std::move(starting);
    remove_waiting(choice.key);
    if (attempt) {
        started_ = true;
        burst_ = burst_after(burst_, choice.job_class);
        auto waited = std::chrono::duration_cast<Millis>(core_.time.mono() - choice.since);
        core_.metrics.started(attempt->job.type, waited, choice.rule == Choice::Rule::aged);
    }
    report();
    co_return attempt;
}

void Lane::job_ran(const Job&, Millis took) {
    auto ms = double(took.count());
    recent_run_ms_ = recent_run_ms_ > 0 ? recent_run_ms_ * 0.8 + ms * 0.2 : ms;
}

}  // namespace lanekeeper
