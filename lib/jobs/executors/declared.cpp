#include "jobs/executors/declared.hpp"

#include "jobs/executors/bounds.hpp"
#include "jobs/executors/exec.hpp"
#include "jobs/executors/http.hpp"
#include "jobs/worker.hpp"

namespace lanekeeper {
namespace {

constexpr Millis longest_pause = std::chrono::minutes(15);

}  // namespace

void add_declared_executors(Registry& registry, const ExecutorsConfig& declared, const ExecutorDeps& deps) {
    for (const auto& [name, exec] : declared.exec) registry.add_executor(exec_executor(name, exec, deps));
    for (const auto& [name, http] : declared.http) registry.add_executor(http_executor(name, http, deps));
    for (const auto& [name, types] : declared.workers) {
        registry.add_executor(worker_executor(deps.settings, name));
        for (const auto& type : types) registry.assign(type, name);
    }
}

Definition declared_definition(const std::string& name, std::optional<Millis> timeout, const ExecutorDeps& deps) {
    Definition definition;
    definition.type = name;
    definition.payload_schema = Schema::open_object({});
    definition.result_schema = Schema::open_object({});
    definition.retry.backoff = Backoff::exponential(deps.settings.pool.retry_delay, longest_pause);
    definition.timeout = timeout;
    definition.cancel = {CancelStrategy::interrupt_turn, limits::executor_cancel};
    definition.on_shutdown = OnShutdown::requeue;
    return definition;
}

}  // namespace lanekeeper
