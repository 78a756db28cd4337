#pragma once
#include "base/random.hpp"
#include "queue/submission.hpp"

#include <cstddef>
#include <set>
#include <string>
#include <vector>

namespace lanekeeper::simulation {

/// A job that comes to its end whatever is done to the daemon meanwhile: it bears every retry, and fails only where it
/// always does. Nobody cancels it.
struct SteadyJob {
    std::string id;                  // a client's own
    std::string owner;               // empty: the pool
    bool fails = false;
    json::object payload;
    int priority = 5;
    std::vector<std::size_t> needs;  // places in the graph
};

/// Jobs that depend on each other.
struct Graph {
    std::vector<SteadyJob> jobs;  // each after those that it needs
    bool whole = false;           // submitted by one call, else job by job
    bool workflow = false;        // with a parent
    std::size_t submitted = 0;    // so many of them are known to be stored
    bool done() const { return submitted == jobs.size(); }
};

/// A chain, a diamond, many after one, one after many, or anything. `number` tells graphs apart, and `orders` counts
/// payloads.
Graph random_graph(Random& random, int number, int& orders);

Submission submission_of(const Graph& graph, std::size_t place);

/// What becomes of a job of a graph, with kills or without.
struct PlannedJob {
    std::string id;
    std::set<std::string> needs;
    std::set<std::string> failing;  // those of them that fail
    bool fails = false;             // by itself, or with one of those
    std::vector<std::string> beside;  // the whole graph, where it is submitted by one call
};
std::vector<PlannedJob> plan_of(const Graph& graph);

}  // namespace lanekeeper::simulation
