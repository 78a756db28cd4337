#include "simulation/rules.hpp"

namespace lanekeeper::simulation {

QueueSettings random_settings(Random& random) {
    QueueSettings settings;
    settings.global_concurrency = one_in(random, 4) ? 3 : int(1 + random.below(2));
    settings.max_per_project = one_in(random, 3) ? int(3 + random.below(6)) : 100;
    settings.max_global = one_in(random, 4) ? int(8 + random.below(10)) : 500;
    settings.max_attempts = int(1 + random.below(3));
    settings.default_timeout = some_ms(random, 600, 3000);
    settings.background_aging = some_ms(random, 200, 1500);
    settings.max_interactive_burst = int(1 + random.below(3));
    return settings;
}

PoolSettings random_pool_settings(Random& random) {
    PoolSettings pool;
    pool.workers_max = int(1 + random.below(4));
    pool.workers_min = int(1 + random.below(std::uint64_t(pool.workers_max)));
    pool.worker_idle = some_ms(random, 100, 3000);
    pool.queue_max = one_in(random, 4) ? int(6 + random.below(12)) : 1000;
    pool.max_concurrent = one_in(random, 3) ? int(1 + random.below(3)) : 50;
    pool.retry_limit = int(random.below(3));
    pool.expire = some_ms(random, longest_steady_run.count(), 6000);
    return pool;
}

}  // namespace lanekeeper::simulation
