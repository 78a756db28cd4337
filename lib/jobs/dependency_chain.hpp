#pragma once
#include "queue/queue.hpp"
#include "store/store.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace lanekeeper {

/// What stands before and behind a job.
struct DependencyChain {
    DependencyChain() = default;
    std::vector<Job> chain;       // what it depends on, directly or not, each after what it depends on itself
    std::vector<Job> dependents;  // those that depend on it directly, by age
    bool cut = false;             // there are more of either than limits::dependency_chain
};

/// As they are kept now, without their payloads and results. One that is kept no longer is left out.
Task<DependencyChain> dependency_chain(Store& store, Job job);

/// Keys of all that `root` needs, by its edges (job to dependencies), each after those it needs itself; without `root`. A
/// key without edges needs nothing.
std::vector<std::int64_t> in_order_of_need(std::int64_t root, const std::map<std::int64_t, std::vector<std::int64_t>>& edges);

}  // namespace lanekeeper
