#pragma once
#include "queue/lane.hpp"
#include "queue/run_context.hpp"

namespace lanekeeper {

/// What a lane's attempts are given. Writes take the lane's baton, so they never cross a cancel or the finish; and they
/// go to their end even when the runner is cancelled meanwhile, so that memory never knows less than the store.
class LaneRunContext final : public RunContext {
public:
    LaneRunContext(std::shared_ptr<Lane> lane, std::shared_ptr<Attempt> attempt)
        : lane_(std::move(lane)), attempt_(std::move(attempt)), started_(attempt_->job) {}

    const Job& job() const override { return started_; }
    TimeSource& time() override { return lane_->core_.time; }
    Runtime& runtime() override { return lane_->core_.runtime; }
    asio::any_io_executor executor() const override { return lane_->strand_; }
    bool stop_requested() const override { return attempt_->cause().has_value() || !attempt_->current(); }

    void stop_clock() override { attempt_->stop_clock(lane_->core_.time.mono()); }
    void start_clock() override { attempt_->start_clock(lane_->core_.time.mono()); }

    Task<void> report_progress(json::value progress) override { return here(write_progress(std::move(progress))); }
    Task<void> set_running_context(RunningContext context) override { return here(write_context(std::move(context))); }
    Task<void> commit(Effects effects) override { return here(write_effects(std::move(effects))); }

private:
    Task<void> here(Task<void> work) { return on_strand(lane_->strand_, std::move(work)); }
    Task<void> write_progress(json::value progress);
    Task<void> write_context(RunningContext context);
    Task<void> write_effects(Effects effects);
    Task<void> apply(Transition transition, Effects news);
    void require_current() const;

    std::shared_ptr<Lane> lane_;
    std::shared_ptr<Attempt> attempt_;
    const Job started_;
};

}  // namespace lanekeeper
