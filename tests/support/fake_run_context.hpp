#pragma once
#include "queue/run_context.hpp"

#include <vector>

namespace lanekeeper {

/// A run context that keeps what it is told.
class FakeRunContext final : public RunContext {
public:
    FakeRunContext(Job started, TimeSource& time, Runtime& runtime, asio::any_io_executor executor)
        : started_(std::move(started)), time_(time), runtime_(runtime), executor_(std::move(executor)) {}

    std::vector<RunningContext> contexts;
    std::vector<json::value> progress;
    std::vector<Effects> commits;
    bool stale = false;
    int clock_stops = 0;
    bool clock_runs = true;
    bool stopping = false;

    const Job& job() const override { return started_; }
    TimeSource& time() override { return time_; }
    Runtime& runtime() override { return runtime_; }
    asio::any_io_executor executor() const override { return executor_; }
    bool stop_requested() const override { return stopping; }

    void stop_clock() override {
        ++clock_stops;
        clock_runs = false;
    }
    void start_clock() override { clock_runs = true; }

    Task<void> report_progress(json::value value) override {
        require_current();
        progress.push_back(std::move(value));
        co_return;
    }
    Task<void> set_running_context(RunningContext context) override {
        require_current();
        contexts.push_back(std::move(context));
        co_return;
    }
    Task<void> commit(Effects effects) override {
        require_current();
        commits.push_back(std::move(effects));
        co_return;
    }

private:
    void require_current() const {
        if (stale) throw StaleRun("given up");
    }
    Job started_;
    TimeSource& time_;
    Runtime& runtime_;
    asio::any_io_executor executor_;
};

}  // namespace lanekeeper
