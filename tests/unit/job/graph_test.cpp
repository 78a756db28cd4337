#include "job/graph.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <random>

using namespace lanekeeper;

namespace {

using Places = std::vector<std::size_t>;

/// What makes a list of places a cycle of a graph, whichever one was found.
bool is_cycle(const WaitGraph& graph, const Places& cycle) {
    if (cycle.size() < 2 || cycle.front() != cycle.back()) return false;
    for (std::size_t i = 0; i + 1 < cycle.size(); ++i) {
        const auto& next = graph[cycle[i]];
        if (std::find(next.begin(), next.end(), cycle[i + 1]) == next.end()) return false;
    }
    auto once = Places(cycle.begin(), cycle.end() - 1);
    std::sort(once.begin(), once.end());
    return std::adjacent_find(once.begin(), once.end()) == once.end();
}

/// Each waits for up to five that stand before it.
WaitGraph big_graph(std::size_t nodes, std::size_t each) {
    WaitGraph graph(nodes);
    std::mt19937 random(7);
    for (std::size_t i = 1; i < nodes; ++i)
        for (std::size_t k = 0; k < each; ++k) graph[i].push_back(random() % i);
    return graph;
}

}  // namespace

TEST_CASE("a graph without a cycle has none, wherever its edges point") {
    CHECK(find_cycle({}).empty());
    CHECK(find_cycle({{}, {}, {}}).empty());
    CHECK(find_cycle({{1, 2}, {3}, {3}, {}}).empty());
    CHECK(find_cycle({{}, {0}, {0, 1}, {2, 2, 1}}).empty());
    CHECK(find_cycle({{9}, {0}}).empty());
}

TEST_CASE("the cycle of the mission's document is named in the order of its message") {
    // A depends on C, B on A, C on B.
    CHECK(find_cycle({{2}, {0}, {1}}) == Places{0, 2, 1, 0});
}

TEST_CASE("a job that waits for itself is the shortest cycle") {
    CHECK(find_cycle({{}, {1}}) == Places{1, 1});
}

TEST_CASE("a cycle begins with the one that stands first, and has none of those that only lead to it") {
    CHECK(find_cycle({{3}, {2}, {3}, {1}}) == Places{1, 2, 3, 1});
    CHECK(find_cycle({{1}, {2, 3}, {}, {1}}) == Places{1, 3, 1});
}

TEST_CASE("ten thousand jobs with fifty thousand edges are looked through, and one edge back is found") {
    auto graph = big_graph(10'000, 5);
    CHECK(find_cycle(graph).empty());
    auto from = graph[9'999].front();
    graph[from].push_back(9'999);
    auto cycle = find_cycle(graph);
    CHECK(is_cycle(graph, cycle));
    CHECK(cycle.front() == *std::min_element(cycle.begin(), cycle.end()));
}

TEST_CASE("a chain of ten thousand is walked, closed or not, whichever way it points") {
    constexpr std::size_t length = 10'000;
    WaitGraph forward(length), backward(length);
    for (std::size_t i = 0; i + 1 < length; ++i) {
        forward[i].push_back(i + 1);
        backward[i + 1].push_back(i);
    }
    CHECK(find_cycle(forward).empty());
    CHECK(find_cycle(backward).empty());
    forward.back().push_back(0);
    auto cycle = find_cycle(forward);
    CHECK(cycle.size() == length + 1);
    CHECK(is_cycle(forward, cycle));
}
