// What stands before and behind a job.
#include "base/ids.hpp"
#include "jobs/dependency_chain.hpp"
#include "support/catch.hpp"
#include "support/graph.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

std::vector<std::int64_t> keys(const std::vector<Job>& jobs) {
    std::vector<std::int64_t> keys;
    for (const auto& job : jobs) keys.push_back(job.key);
    return keys;
}

}  // namespace

TEST_CASE("a chain names all that a job needs, each after what it needs itself, and who waits for the job") {
    StoreFixture s(StoreDriver::memory);
    insert_graph(s, {{1, {}}, {2, {job_id(5)}}, {3, {job_id(1)}}, {4, {job_id(2), job_id(3)}}, {5, {job_id(1)}}, {6, {job_id(4)}}, {7, {}}});
    auto found = run_task(dependency_chain(*s.store, *s.job(4)));
    CHECK(keys(found.chain) == std::vector<std::int64_t>{1, 5, 2, 3});
    CHECK(keys(found.dependents) == std::vector<std::int64_t>{6});
    CHECK_FALSE(found.cut);
    CHECK(found.chain.front().payload.empty());
    auto alone = run_task(dependency_chain(*s.store, *s.job(7)));
    CHECK(alone.chain.empty());
    CHECK(alone.dependents.empty());
}

TEST_CASE("an order of need is found in a chain of a hundred thousand, without recursion") {
    std::map<std::int64_t, std::vector<std::int64_t>> edges;
    for (std::int64_t key = 2; key <= 100'000; ++key) edges[key] = {key - 1};
    auto order = in_order_of_need(100'000, edges);
    REQUIRE(order.size() == 99'999);
    CHECK(order.front() == 1);
    CHECK(order.back() == 99'999);
}
