#pragma once
#include "support/queue_rig.hpp"

namespace lanekeeper::testing {

/// A queue whose pool is looked at.
struct PoolRig : QueueRig {
    PoolRig() {
        define();
        start();
    }
    explicit PoolRig(PoolSettings chosen) {
        pool = chosen;
        crash();
        define();
        restart();
    }
    std::vector<std::string> told(const Job& job) const {
        std::vector<std::string> types;
        for (const auto& event : heard->events)
            if (event.job_id == job.id()) types.push_back(event.type);
        return types;
    }
    PoolView workers() { return wait_for(queue->pool()); }
};

}  // namespace lanekeeper::testing
