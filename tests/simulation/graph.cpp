#include "simulation/graph.hpp"

#include "simulation/job_types.hpp"
#include "simulation/rules.hpp"

#include <fmt/format.h>

namespace lanekeeper::simulation {
namespace {

using Edges = std::vector<std::vector<std::size_t>>;  // what each needs, of those before it

Edges chain(std::size_t count) {
    Edges edges(count);
    for (std::size_t i = 1; i < count; ++i) edges[i] = {i - 1};
    return edges;
}

// One, then all others but the last, then the last.
Edges diamond(std::size_t count) {
    Edges edges(count);
    for (std::size_t i = 1; i + 1 < count; ++i) {
        edges[i] = {0};
        edges.back().push_back(i);
    }
    return edges;
}

Edges fan_out(std::size_t count) {
    Edges edges(count, {0});
    edges[0].clear();
    return edges;
}

Edges fan_in(std::size_t count) {
    Edges edges(count);
    for (std::size_t i = 0; i + 1 < count; ++i) edges.back().push_back(i);
    return edges;
}

Edges anything(Random& random, std::size_t count) {
    Edges edges(count);
    for (std::size_t i = 1; i < count; ++i)
        for (std::size_t before = 0; before < i; ++before)
            if (one_in(random, 3)) edges[i].push_back(before);
    return edges;
}

Edges random_edges(Random& random) {
    auto count = std::size_t(3 + random.below(6));
    switch (random.below(6)) {
        case 0: return chain(count);
        case 1: return diamond(count);
        case 2: return fan_out(count);
        case 3: return fan_in(count);
        default: return anything(random, count);
    }
}

}  // namespace

Graph random_graph(Random& random, int number, int& orders) {
    Graph graph;
    graph.whole = one_in(random, 2);
    graph.workflow = graph.whole && one_in(random, 2);
    auto edges = random_edges(random);
    for (std::size_t i = 0; i < edges.size(); ++i) {
        SteadyJob job;
        job.id = fmt::format("g{}-{}", number, i);
        job.fails = one_in(random, 8);
        job.payload = steady_payload(random, ++orders, job.fails);
        job.priority = int(random.below(11));
        job.needs = edges[i];
        if (one_in(random, 6)) job.owner = "p" + std::to_string(1 + random.below(3));
        graph.jobs.push_back(std::move(job));
    }
    return graph;
}

Submission submission_of(const Graph& graph, std::size_t place) {
    const auto& job = graph.jobs[place];
    Submission submission;
    submission.type = "plain";
    submission.owner = job.owner;
    submission.client_id = job.id;
    submission.payload = job.payload;
    submission.priority = job.priority;
    submission.max_retries = 99;
    for (auto need : job.needs) submission.dependencies.push_back(graph.jobs[need].id);
    submission.told = json::object{{"type", submission.type}};
    return submission;
}

std::vector<PlannedJob> plan_of(const Graph& graph) {
    std::vector<PlannedJob> plan;
    std::vector<std::string> all;
    for (const auto& job : graph.jobs) all.push_back(job.id);
    for (const auto& job : graph.jobs) {
        PlannedJob planned;
        planned.id = job.id;
        for (auto need : job.needs) {
            planned.needs.insert(plan[need].id);
            if (plan[need].fails) planned.failing.insert(plan[need].id);
        }
        planned.fails = job.fails || !planned.failing.empty();
        if (graph.whole) planned.beside = all;
        plan.push_back(std::move(planned));
    }
    return plan;
}

}  // namespace lanekeeper::simulation
