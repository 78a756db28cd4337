// What an operator's retry brings back: jobs-family.md, Read, list, cancel.
#include "base/ids.hpp"
#include "conformance/drivers.hpp"
#include "support/graph.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

Result<Committed> retry(StoreFixture& s, std::int64_t key, bool with_dependents) {
    auto transition = lifecycle::operator_retry(*s.job(key), s.clock.now, 2);
    Mutation mutation;
    mutation.updates.emplace_back(transition.next, transition.from, transition.from_run);
    mutation.updates.back().with_dependents = with_dependents;
    mutation.tell = tell_event;
    return s.try_commit(std::move(mutation));
}

std::string states(StoreFixture& s, std::int64_t last) {
    std::string all;
    for (std::int64_t key = 1; key <= last; ++key) all += to_word(s.job(key)->state).substr(0, 1);
    return all;
}

}  // namespace

TEST_CASE("with its dependents a retried job brings back all that ended because of it, and they run after it") {
    FOR_EACH_DRIVER(s);
    bool canceled = GENERATE(false, true);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}, {3, {job_id(2)}}, {4, {job_id(2), job_id(1)}}});
    end_job(s, 1, canceled ? JobState::canceled : JobState::failed);
    REQUIRE(states(s, 4) == (canceled ? "cccc" : "ffff"));
    auto committed = retry(s, 1, true).value();
    CHECK(committed.cascaded.size() == 3);
    if (driver != StoreDriver::memory) s.reopen();
    CHECK(states(s, 4) == "qppp");
    CHECK(s.job(4)->open_dependencies == 2);
    CHECK_FALSE(s.job(3)->error);
    CHECK_FALSE(s.job(3)->completed_at);
    CHECK(s.store->counts().by_state[JobState::pending] == 3);
    end_job(s, 1, JobState::completed);
    CHECK(states(s, 4) == "cqpp");
    end_job(s, 2, JobState::completed);
    CHECK(states(s, 4) == "ccqq");
}

TEST_CASE("without them they stay as they ended") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}});
    end_job(s, 1, JobState::failed);
    CHECK(retry(s, 1, false).value().cascaded.empty());
    CHECK(states(s, 2) == "qf");
}

TEST_CASE("whoever depends on something else that ended badly stays ended, and so do theirs") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {}}, {3, {job_id(1)}}, {4, {job_id(3), job_id(2)}}, {5, {job_id(4)}}});
    end_job(s, 1, JobState::failed);
    end_job(s, 2, JobState::failed);
    REQUIRE(states(s, 5) == "fffff");
    retry(s, 1, true).value();
    CHECK(states(s, 5) == "qfpff");
    retry(s, 2, true).value();
    CHECK(states(s, 5) == "qqppp");
}

TEST_CASE("a job that failed by itself stays so, though something before it is retried") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}, {3, {job_id(2)}}});
    end_job(s, 1, JobState::completed);
    end_job(s, 2, JobState::failed);
    CHECK(retry(s, 2, true).value().cascaded.size() == 1);
    CHECK(states(s, 3) == "cqp");
}

TEST_CASE("of those that ended because of a retried job one comes back for each dedupe key, if nobody else holds it") {
    FOR_EACH_DRIVER(s);
    bool held = GENERATE(false, true);
    insert_graph(s, {{1, {}}});
    auto add = [&](std::int64_t key, std::vector<std::string> depends_on) {
        auto mutation = graph({{key, std::move(depends_on)}});
        mutation.inserts[0].job.dedupe_match = "build|p1|k";
        mutation.inserts[0].dedupe = DedupeMode::single_flight;
        return s.commit(std::move(mutation)).inserted.at(0).how;
    };
    REQUIRE(add(2, {job_id(1)}) == Inserted::How::inserted);
    end_job(s, 1, JobState::failed);
    REQUIRE(add(3, {job_id(1)}) == Inserted::How::inserted);
    insert_graph(s, {{4, {job_id(3)}}, {5, {job_id(1)}}});
    REQUIRE(states(s, 5) == "fffff");
    if (held) REQUIRE(add(6, {}) == Inserted::How::inserted);
    retry(s, 1, true).value();
    CHECK(states(s, 5) == (held ? "qfffp" : "qpffp"));
}

TEST_CASE("a job is not retried while what it depends on has not completed") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}});
    end_job(s, 1, JobState::failed);
    auto refused = retry(s, 2, true);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "job_conflict");
    CHECK(refused.error().details.at("ids") == json::array{job_id(1)});
    retry(s, 1, false).value();
    CHECK_FALSE(retry(s, 2, false).has_value());
    end_job(s, 1, JobState::completed);
    CHECK(retry(s, 2, false).has_value());
    CHECK(states(s, 2) == "cq");
}

TEST_CASE("ten thousand dependents in a chain come back in one commit") {
    FOR_EACH_DRIVER(s);
    std::vector<Node> nodes{{1, {}}};
    for (std::int64_t key = 2; key <= 10'000; ++key) nodes.push_back({key, {job_id(key - 1)}});
    insert_graph(s, nodes);
    end_job(s, 1, JobState::failed);
    REQUIRE(s.job(10'000)->state == JobState::failed);
    CHECK(retry(s, 1, true).value().cascaded.size() == 9'999);
    CHECK(s.job(10'000)->state == JobState::pending);
}
