#include "jobs/executors/exec.hpp"

#include "async/process/environment.hpp"
#include "async/process/find_program.hpp"
#include "base/log.hpp"
#include "jobs/executors/bounds.hpp"
#include "jobs/executors/declared.hpp"
#include "jobs/executors/exec_end.hpp"
#include "jobs/executors/work_order.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>

namespace lanekeeper {
namespace {

/// What all runs of one declaration share.
struct Command {
    Command(ExecExecutor declared_, const ExecutorDeps& deps)
        : declared(std::move(declared_)), queue(deps.queue),
          environment(only_named(deps.environment, {"PATH", "HOME", "LANG", "TZ", "TMPDIR"})) {}
    const ExecExecutor declared;
    Queue& queue;
    const std::vector<std::string> environment;
};
using CommandPtr = std::shared_ptr<const Command>;

ChildCommand child_command(const Command& command, const Job& job) {
    const auto& argv = command.declared.argv;
    ChildCommand child;
    child.path = argv.front();
    if (child.path.find('/') == child.path.npos) {
        auto found = find_program(child.path, value_of(command.environment, "PATH"));
        if (!found) throw JobFailure(ErrorClass::fatal, "exec_not_started: " + child.path + ": not found along PATH");
        child.path = found->string();
    }
    child.arguments.assign(argv.begin() + 1, argv.end());
    child.environment = command.environment;
    child.environment.push_back("LANEKEEPER_JOB_ID=" + job.id());
    child.environment.push_back(fmt::format("LANEKEEPER_RUN={}", job.run));
    child.directory = "/";
    return child;
}

Child start_child(const ChildCommand& command) {
    try {
        return Child::start(command);
    } catch (const std::system_error& error) {
        throw exec_not_started(command.path, error.code());
    }
}

Task<RunOutcome> run(CommandPtr command, std::shared_ptr<RunContext> context, json::object payload) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    auto ordering = write_order(command->queue, context, std::move(payload));
    auto order = co_await std::move(ordering);
    order += "\n";
    Job job = context->job();
    auto child = start_child(child_command(*command, job));
    ChildLimits bounds(command->declared.max_output, limits::executor_stderr, limits::executor_grace);
    auto running = run_child(std::move(child), std::move(order), bounds, context->time());
    auto end = co_await std::move(running);
    log_debug("command ended", {{"jobId", job.id()}, {"run", job.run}, {"how", describe_status(end.status)}, {"stderr", end.errors}});
    RunOutcome outcome = exec_end(end, command->declared.max_output);
    co_return outcome;
}

}  // namespace

Definition exec_executor(const std::string& name, const ExecExecutor& declared, const ExecutorDeps& deps) {
    auto definition = declared_definition(name, declared.timeout, deps);
    auto command = std::make_shared<const Command>(declared, deps);
    definition.run = [command](std::shared_ptr<RunContext> context, json::object payload) {
        return run(command, std::move(context), std::move(payload));
    };
    return definition;
}

}  // namespace lanekeeper
