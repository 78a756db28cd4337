// Heartbeats: who is silent loses its job, who is no use is replaced (jobs-family.md, Worker pool).
#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/pool.hpp"

#include <algorithm>

namespace lanekeeper {

void Pool::check_health() {
    auto now = core_.time.mono();
    if (now < next_check_) return;
    next_check_ = now + core_.pool.health_check_interval;
    for (const auto& [number, worker] : workers_) check_worker(*worker);
}

void Pool::check_worker(PoolWorker& worker) {
    auto now = core_.time.mono();
    const auto& attempt = worker.supervisor().running();
    bool may_be_silent = attempt && attempt->current() && attempt->definition().beats && !attempt->done();
    worker.last_beat = may_be_silent ? attempt->last_beat(now) : now;
    if (now - worker.last_beat < 2 * core_.pool.health_check_interval) return;
    worker.unhealthy = true;
    if (!attempt->ask_to_end(StopCause(StopCause::Kind::lost, "worker_lost"))) return;
    log_warn("worker silent", {{"workerId", worker.id()}, {"jobId", attempt->job.id()}, {"run", attempt->job.run}});
}

/// Another one, under a name that was never used: with a session of its own, it does not inherit what troubled this one.
void Pool::replace(const Worker& worker) {
    auto at = std::ranges::find(workers_, worker, [](const auto& entry) { return entry.second; });
    if (at == workers_.end()) return;
    log_warn("worker replaced", {{"workerId", worker->id()}, {"failedInARow", worker->failed_in_a_row}});
    replaced_up_to_ = std::max(replaced_up_to_, workers_.rbegin()->first);
    workers_.erase(at);
    hire();
}

}  // namespace lanekeeper
