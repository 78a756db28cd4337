#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {

std::vector<std::unique_ptr<Invariant>> all_invariants(Referee& referee) {
    std::vector<std::unique_ptr<Invariant>> all;
    for (auto make : {transitions, attempts, cancels, one_run_a_lane, effects, dedupe, news, capacity, placeholders,
                      lane_fairness, slot_fairness, punctuality, resting, bounded, dependencies,
                      pool_order, pool_workers, pool_punctuality, graphs, workflows, deadlines, leases, slots})
        all.push_back(make(referee));
    return all;
}

}  // namespace lanekeeper::simulation
