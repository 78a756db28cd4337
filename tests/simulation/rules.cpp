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

}  // namespace lanekeeper::simulation
