#include "jobs/dependency_chain.hpp"

#include "base/limits.hpp"

#include <map>
#include <set>
#include <utility>

namespace lanekeeper {
namespace {

using Jobs = std::map<std::int64_t, Job>;

void slim(Job& job) {
    job.payload.clear();
    job.result.reset();
}

std::vector<std::int64_t> keys_of(const std::vector<Dependency>& dependencies) {
    std::vector<std::int64_t> keys;
    for (const auto& dependency : dependencies) keys.push_back(dependency.key);
    return keys;
}

/// All that the job needs, as far as it is kept.
Task<bool> collect(Store& store, Job job, Jobs& found) {
    std::set<std::int64_t> seen{job.key};
    auto next = keys_of(job.dependencies);
    for (std::size_t i = 0; i < next.size(); ++i) {
        if (!seen.insert(next[i]).second) continue;
        if (found.size() == limits::dependency_chain) co_return false;
        auto reading = store.job(next[i]);
        auto one = co_await std::move(reading);
        if (!one) continue;
        slim(*one);
        auto theirs = keys_of(one->dependencies);
        next.insert(next.end(), theirs.begin(), theirs.end());
        found.emplace(next[i], std::move(*one));
    }
    co_return true;
}

}  // namespace

// A walk in depth without recursion: a chain may be thousands long.
std::vector<std::int64_t> in_order_of_need(std::int64_t root, const std::map<std::int64_t, std::vector<std::int64_t>>& edges) {
    static const std::vector<std::int64_t> none;
    auto needs = [&](std::int64_t key) -> const std::vector<std::int64_t>& {
        auto at = edges.find(key);
        return at == edges.end() ? none : at->second;
    };
    std::vector<std::int64_t> order;
    std::set<std::int64_t> seen{root};
    std::vector<std::pair<std::int64_t, std::size_t>> path{{root, 0}};
    while (!path.empty()) {
        auto& [key, at] = path.back();
        if (at < needs(key).size()) {
            auto next = needs(key)[at++];
            if (seen.insert(next).second) path.emplace_back(next, 0);
            continue;
        }
        if (key != root) order.push_back(key);
        path.pop_back();
    }
    return order;
}

Task<DependencyChain> dependency_chain(Store& store, Job job) {
    DependencyChain result;
    Jobs found;
    auto collecting = collect(store, job, found);
    bool all = co_await std::move(collecting);
    std::map<std::int64_t, std::vector<std::int64_t>> edges;
    edges[job.key] = keys_of(job.dependencies);
    for (const auto& [key, one] : found) edges[key] = keys_of(one.dependencies);
    for (auto key : in_order_of_need(job.key, edges)) {
        auto at = found.find(key);
        if (at != found.end()) result.chain.push_back(std::move(at->second));
    }
    auto listing = store.dependents(job.key, limits::dependency_chain + 1);
    auto dependents = co_await std::move(listing);
    result.cut = !all || dependents.size() > limits::dependency_chain;
    if (dependents.size() > limits::dependency_chain) dependents.pop_back();
    for (auto key : dependents) {
        auto reading = store.job(key);
        auto one = co_await std::move(reading);
        if (!one) continue;
        slim(*one);
        result.dependents.push_back(std::move(*one));
    }
    co_return result;
}

}  // namespace lanekeeper
