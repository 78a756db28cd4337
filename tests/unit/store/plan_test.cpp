#include "base/ids.hpp"
#include "store/commit_queue.hpp"
#include "store/memory/memory_state.hpp"
#include "store/sqlite/query.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/tables.hpp"
#include "support/catch.hpp"
#include "support/graph.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

constexpr int many = 10'000;

JobUpdate ended(MemoryState& state, std::int64_t key, JobState to) {
    Job next = *state.job(key);
    auto from = next.state;
    next.state = to;
    next.completed_at = from_ms(2);
    return JobUpdate(next, from, next.run);
}

Committed end_one(MemoryState& state, std::int64_t key, JobState to) {
    Mutation mutation;
    mutation.at = from_ms(2);
    mutation.updates.push_back(ended(state, key, to));
    return state.apply(std::move(mutation)).value();
}

MemoryState state_of(const std::vector<Node>& nodes) {
    MemoryState state;
    auto mutation = graph(nodes);
    mutation.at = from_ms(1);
    state.apply(std::move(mutation)).value();
    return state;
}

std::vector<Node> chain() {
    std::vector<Node> nodes{{1, {}}};
    for (std::int64_t key = 2; key <= many; ++key) nodes.push_back(Node{key, {job_id(key - 1)}});
    return nodes;
}

/// As of a disk that fails.
struct UnreadableRows : MemoryState {
    std::optional<JobHead> head(std::int64_t) override { throw sqlite::Error(10, "disk I/O error"); }
};

}  // namespace

TEST_CASE("rows that cannot be read while a commit is planned are the store's trouble, not the caller's") {
    UnreadableRows rows;
    Mutation mutation;
    mutation.updates.emplace_back(a_job(1), JobState::queued, 0);
    WaitingCommit waiting(std::move(mutation));
    carry_out(waiting, rows, [](Plan) -> Result<Committed> { return Committed(); });
    REQUIRE(waiting.error);
    CHECK_THROWS_AS(std::rethrow_exception(waiting.error), StorageUnavailable);
    CHECK_FALSE(waiting.outcome);
}

TEST_CASE("a chain of ten thousand falls from its head in one plan") {
    auto state = state_of(chain());
    auto committed = end_one(state, 1, JobState::failed);
    REQUIRE(committed.cascaded.size() == many - 1);
    CHECK(committed.cascaded.front().next.key == 2);
    CHECK(state.job(many)->error == "dependency_failed:" + job_id(many - 1));
    CHECK(state.counters().in_state(JobState::failed) == many);
}

TEST_CASE("ten thousand dependents of one job are promoted in one plan") {
    std::vector<Node> nodes{{1, {}}};
    for (std::int64_t key = 2; key <= many; ++key) nodes.push_back(Node{key, {job_id(1)}});
    auto state = state_of(nodes);
    CHECK(end_one(state, 1, JobState::completed).cascaded.size() == many - 1);
    CHECK(state.counters().in_state(JobState::queued) == many - 1);
}

TEST_CASE("a job that waits for a thousand is counted down by each, and promoted by the last") {
    constexpr int count = 1'000;
    std::vector<Node> nodes;
    Node last{count + 1, {}};
    for (std::int64_t key = 1; key <= count; ++key) {
        nodes.push_back(Node{key, {}});
        last.depends_on.push_back(job_id(key));
    }
    nodes.push_back(last);
    auto state = state_of(nodes);
    for (std::int64_t key = 1; key < count; ++key) CHECK(end_one(state, key, JobState::completed).cascaded.empty());
    CHECK(state.job(count + 1)->open_dependencies == 1);
    CHECK(end_one(state, count, JobState::completed).cascaded.size() == 1);
}

TEST_CASE("a plan that is not written changes nothing, also not what its jobs wait for") {
    auto state = state_of({{1, {}}, {2, {job_id(1)}}});
    auto undo = state.start_undo();
    Mutation mutation;
    mutation.at = from_ms(2);
    mutation.updates.push_back(ended(state, 1, JobState::completed));
    state.apply(std::move(mutation), &undo).value();
    CHECK(state.job(2)->state == JobState::queued);
    state.take_back(std::move(undo));
    CHECK(state.job(2)->state == JobState::pending);
    CHECK(state.job(2)->open_dependencies == 1);
    CHECK(end_one(state, 1, JobState::completed).cascaded.size() == 1);
}

TEST_CASE("a store of the first schema keeps its jobs, what they depend on and its records") {
    TempDir dir;
    sqlite::Connection connection(dir.file("old.db"), sqlite::Access::write);
    connection.run(sqlite::migrations()[0]);
    connection.run("PRAGMA user_version = 1");
    connection.run("INSERT " "INTO agent_jobs(key, state, owner, type, version, priority, created_at, run, attempts, max_attempts, "
                   "attempt_returned, dependencies) VALUES (5, 0, '', 'noop', 1, 3, 1, 0, 0, 1, 0, '[\"" + job_id(4) + "\"]')");
    connection.run("INSERT " "INTO job_payloads VALUES (5, '{}')");
    sqlite::migrate(connection, "old.db");
    SetClock clock;
    sqlite::Tables tables(connection, clock);
    auto job = tables.whole(5);
    REQUIRE(job);
    CHECK(job->dependencies == std::vector<Dependency>{{4, job_id(4)}});
    CHECK(tables.is_awaited(4));
}
