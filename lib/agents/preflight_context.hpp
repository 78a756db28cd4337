#pragma once
#include "queue/run_context.hpp"

namespace lanekeeper {

/// What a turn runs in that belongs to no job: there is nothing to record of it, and nobody to cancel it.
class PreflightContext final : public RunContext {
public:
    PreflightContext(TimeSource& time, Runtime& runtime, asio::any_io_executor executor)
        : time_(time), runtime_(runtime), executor_(std::move(executor)) {}

    const Job& job() const override { return none_; }
    TimeSource& time() override { return time_; }
    Runtime& runtime() override { return runtime_; }
    asio::any_io_executor executor() const override { return executor_; }
    bool stop_requested() const override { return false; }
    void stop_clock() override {}
    void start_clock() override {}
    Task<void> report_progress(json::value) override { co_return; }
    Task<void> set_running_context(RunningContext) override { co_return; }
    Task<void> commit(Effects) override { co_return; }

private:
    Job none_;
    TimeSource& time_;
    Runtime& runtime_;
    asio::any_io_executor executor_;
};

}  // namespace lanekeeper
