#include "agents/recall_run.hpp"

#include "agents/session_core.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

/// The turn of this run; not complete when no worker knows of one.
Task<RunningContext> find_run(Sessions& sessions, Runtime& runtime, Job job, std::string agent) {
    RunningContext found;
    auto mark = fmt::format("{}:{}", job.id(), job.run);
    auto workers = sessions.core().directory.workers_of(worker_owner(job));
    for (const auto& worker : workers) {
        if (worker.agent != agent) continue;
        auto view = co_await runtime.turn_of_message(worker.runtime_thread_id, mark);
        if (!view) continue;
        found = RunningContext{worker.runtime_thread_id, view->turn_id};
        break;
    }
    co_return found;
}

}  // namespace

Task<std::optional<TurnResult>> recall_run(Sessions& sessions, Runtime& runtime, Job job, std::string agent) {
    auto running = job.running;
    if (!running.complete()) running = co_await find_run(sessions, runtime, std::move(job), std::move(agent));
    if (!running.complete()) co_return std::nullopt;
    co_return co_await recall_turn(runtime, running);
}

}  // namespace lanekeeper
