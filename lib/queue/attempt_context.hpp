#pragma once
#include "queue/run_context.hpp"
#include "queue/supervisor.hpp"

namespace lanekeeper {

/// What an attempt is given. Writes take its supervisor's baton, so they never cross a cancel or the finish; and they
/// go to their end even when the runner is cancelled meanwhile, so that memory never knows less than the store.
class AttemptContext final : public RunContext {
public:
    AttemptContext(std::shared_ptr<Supervisor> supervisor, std::shared_ptr<Attempt> attempt)
        : supervisor_(std::move(supervisor)), attempt_(std::move(attempt)), started_(attempt_->job) {}

    const Job& job() const override { return started_; }
    TimeSource& time() override { return supervisor_->core_.time; }
    Runtime& runtime() override { return supervisor_->core_.runtime; }
    asio::any_io_executor executor() const override { return supervisor_->strand_; }
    bool stop_requested() const override { return attempt_->cause().has_value() || !attempt_->current(); }

    void stop_clock() override { attempt_->stop_clock(supervisor_->core_.time.mono()); }
    void start_clock() override { attempt_->start_clock(supervisor_->core_.time.mono()); }

    void beat() override { attempt_->beat(supervisor_->core_.time.mono()); }

    Task<void> report_progress(json::value progress) override { return here(write_progress(std::move(progress))); }
    Task<void> set_running_context(RunningContext context) override { return here(write_context(std::move(context))); }
    Task<void> commit(Effects effects) override { return here(write_effects(std::move(effects))); }

private:
    Task<void> here(Task<void> work) { return on_strand(supervisor_->strand_, std::move(work)); }
    Task<void> write_progress(json::value progress);
    Task<void> write_context(RunningContext context);
    Task<void> write_effects(Effects effects);
    Task<void> apply(Transition transition, Effects news);
    void require_current() const;

    std::shared_ptr<Supervisor> supervisor_;
    std::shared_ptr<Attempt> attempt_;
    const Job started_;
};

}  // namespace lanekeeper
