#pragma once
#include "async/time_source.hpp"
#include "base/ids.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"
#include "job/waiting_set.hpp"
#include "queue/deadlines.hpp"
#include "queue/ledger.hpp"
#include "queue/metrics.hpp"
#include "queue/recent_rate.hpp"
#include "queue/registry.hpp"
#include "queue/remote/claim_line.hpp"
#include "queue/untold_jobs.hpp"
#include "queue/waiters.hpp"
#include "runtime/runtime.hpp"

#include <atomic>
#include <functional>
#include <mutex>

namespace lanekeeper {

/// What every lane works with. Owned by the queue, outlives its lanes.
struct QueueCore {
    QueueCore(Ledger& ledger_, const Registry& registry_, Runtime& runtime_, TimeSource& time_, Random& random_,
              Metrics& metrics_, const QueueSettings& settings_, const PoolSettings& pool_)
        : ledger(ledger_), registry(registry_), runtime(runtime_), time(time_), random(random_), metrics(metrics_),
          settings(settings_), pool(pool_) {}

    Ledger& ledger;
    const Registry& registry;
    Runtime& runtime;
    TimeSource& time;
    Random& random;  // guarded by `shared`
    Metrics& metrics;
    const QueueSettings settings;
    const PoolSettings pool;
    TerminalWaiters waiters;
    RecentRate completions;
    UntoldJobs untold;
    Deadlines deadlines;
    std::atomic<bool> stopping{false};
    /// Takes up a job that an event elsewhere has freed. Set before anything runs; called from any executor.
    std::function<void(const Job&)> freed;
    /// What this lane has next for a worker outside of this program. The same.
    std::function<void(const std::string& owner, std::optional<RemoteOffer>)> offer;
    std::atomic<bool> pool_paused{false};

    Capacity capacity() const { return {settings.max_per_project, settings.max_global}; }
    FairnessRules fairness() const { return {settings.background_aging, settings.max_interactive_burst}; }
    bool is_remote(const Job& job) const { return registry.is_remote(job.executor); }
    std::int64_t next_key() {
        std::lock_guard lock(shared);
        return keys.next(time.wall());
    }
    Millis backoff(const Backoff& rule, int failed) {
        std::lock_guard lock(shared);
        return backoff_delay(rule, failed, random);
    }

    std::mutex shared;  // the key counter and the random source are the only things that lanes share
    JobKeys keys;
};

}  // namespace lanekeeper
