#include "conformance/drivers.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

// Does a bit of everything, and is refused at its very end.
Mutation refused_late() {
    Mutation mutation;
    mutation.fences.emplace_back(1, 1);
    mutation.inserts.emplace_back();
    mutation.inserts[0].job = a_job(10);
    mutation.inserts[0].effects.puts.emplace_back("row", "s", "of the insert", json::object{});
    mutation.inserts[0].effects.events.emplace_back("queued", "t", json::object{});
    JobInsert merged;
    merged.job = a_job(11);
    merged.job.dedupe_match = "m";
    merged.dedupe = DedupeMode::merge_duplicate;
    mutation.inserts.push_back(merged);
    Job done = a_job(1);
    done.state = JobState::completed;
    done.run = 1;
    mutation.updates.emplace_back(done, JobState::running, 1);
    mutation.effects.deletes.emplace_back("row", "s");
    mutation.effects.puts.emplace_back("row", "s", "new", json::object{});
    mutation.effects.puts.emplace_back("row", "nowhere", "x", json::object{}, RecordPut::Mode::replace);
    mutation.effects.events.emplace_back("done", "t", json::object{});
    return mutation;
}

json::object failing_merge(const json::object&, json::object) { throw std::runtime_error("cannot merge"); }

}  // namespace

TEST_CASE("a refused mutation changes nothing at all") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1));
    s.move_to(1, JobState::running);
    Job waiting = a_job(2);
    waiting.dedupe_match = "m";
    s.insert(waiting);
    Mutation row;
    row.effects.puts.emplace_back("row", "s", "old", json::object{{"v", 1}});
    s.commit(std::move(row));
    auto before = s.store->counts();
    auto commits_heard = s.heard.size();

    auto refused = s.try_commit(refused_late());
    REQUIRE(!refused);
    CHECK(refused.error().code == "record_missing");

    CHECK(s.job(1)->state == JobState::running);
    CHECK(s.job(2)->payload == json::object{{"n", 2}});
    CHECK(!s.job(10));
    CHECK(s.records("row", "s").size() == 1);
    CHECK(s.events().empty());
    CHECK(s.heard.size() == commits_heard);
    CHECK(s.store->counts().by_state == before.by_state);
    CHECK(s.store->highest_job_key() == 2);
    Mutation next;
    next.effects.events.emplace_back("e", "t", json::object{});
    CHECK(s.commit(std::move(next)).events.at(0).seq == 1);
}

TEST_CASE("a merge function that throws fails its own mutation only") {
    FOR_EACH_DRIVER(s);
    Mutation row;
    row.effects.puts.emplace_back("row", "s", "k", json::object{{"v", 1}});
    s.commit(std::move(row));
    Mutation bad;
    bad.effects.puts.emplace_back("row", "s", "new", json::object{});
    bad.effects.puts.emplace_back("row", "s", "k", json::object{}, RecordPut::Mode::upsert, failing_merge);
    CHECK_THROWS_WITH(s.try_commit(std::move(bad)), "cannot merge");
    CHECK(s.records("row", "s").size() == 1);
    s.insert(a_job(1));
}

TEST_CASE("a closed store refuses with StorageUnavailable") {
    FOR_EACH_DRIVER(s);
    run_task(s.store->close());
    CHECK_THROWS_AS(s.insert(a_job(1)), StorageUnavailable);
    CHECK_THROWS_AS(s.job(1), StorageUnavailable);
    CHECK(!s.store->health().ok);
    run_task(s.store->close());
}

TEST_CASE("health and statistics name what happened") {
    FOR_EACH_DRIVER(s);
    s.insert(a_job(1));
    s.insert(a_job(2));
    CHECK(s.store->health().ok);
    CHECK(!s.store->health().driver.empty());
    CHECK(s.store->health().problem.empty());
    auto stats = s.store->stats();
    CHECK(stats.mutations == 2);
    CHECK(stats.commits >= 1);
    CHECK(stats.commits <= 2);
    CHECK(stats.batch_sizes.count() == std::uint64_t(stats.commits));
    CHECK(stats.batch_sizes.sum() == 2);
}
