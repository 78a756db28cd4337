// What depends on what: jobs-family.md, Dependencies.
#include "base/ids.hpp"
#include "conformance/drivers.hpp"
#include "support/graph.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;

TEST_CASE("a job waits for those it depends on, and is promoted once, with the last of them") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {}}, {3, {job_id(1), job_id(2), job_id(1)}}});
    CHECK(s.job(1)->state == JobState::queued);
    auto waits = *s.job(3);
    CHECK(waits.state == JobState::pending);
    CHECK(waits.open_dependencies == 2);
    CHECK(waits.dependencies == std::vector<Dependency>{{1, job_id(1)}, {2, job_id(2)}});
    CHECK(end_job(s, 1, JobState::completed).cascaded.empty());
    CHECK(s.job(3)->open_dependencies == 1);
    auto promoted = end_job(s, 2, JobState::completed);
    REQUIRE(promoted.cascaded.size() == 1);
    CHECK(promoted.cascaded[0].event == JobEvent::promote);
    CHECK(promoted.cascaded[0].next.key == 3);
    CHECK(s.job(3)->state == JobState::queued);
    CHECK(s.job(3)->open_dependencies == 0);
}

TEST_CASE("two causes that complete in one commit promote their dependent once") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {}}, {3, {job_id(1), job_id(2)}}});
    Mutation both;
    both.updates.push_back(ending(s, 1, JobState::completed));
    both.updates.push_back(ending(s, 2, JobState::completed));
    both.tell = tell_event;
    auto committed = s.commit(std::move(both));
    CHECK(committed.cascaded.size() == 1);
    REQUIRE(committed.events.size() == 1);
    CHECK(committed.events[0].text.find("promote") != std::string::npos);
    CHECK(s.job(3)->state == JobState::queued);
}

TEST_CASE("the arms of a diamond run when its head has, and its foot when both have") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{4, {job_id(2), job_id(3)}}, {3, {job_id(1)}}, {2, {job_id(1)}}, {1, {}}});  // all point forward
    CHECK(end_job(s, 1, JobState::completed).cascaded.size() == 2);
    CHECK(s.job(4)->state == JobState::pending);
    end_job(s, 2, JobState::completed);
    CHECK(s.job(4)->state == JobState::pending);
    if (driver != StoreDriver::memory) s.reopen();
    CHECK(s.job(4)->open_dependencies == 1);
    end_job(s, 3, JobState::completed);
    CHECK(s.job(4)->state == JobState::queued);
}

TEST_CASE("a failure fails those that depend on it, and theirs, naming what each depends on directly") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}, {3, {job_id(2)}}, {4, {}}, {5, {job_id(4), job_id(2)}}});
    auto committed = end_job(s, 1, JobState::failed);
    REQUIRE(committed.cascaded.size() == 3);
    CHECK(s.job(2)->state == JobState::failed);
    CHECK(s.job(2)->error == "dependency_failed:" + job_id(1));
    CHECK(s.job(3)->error == "dependency_failed:" + job_id(2));
    CHECK(s.job(5)->error == "dependency_failed:" + job_id(2));
    CHECK(s.job(2)->completed_at == s.clock.now);
    CHECK(s.job(4)->state == JobState::queued);
    CHECK(s.store->counts().by_state[JobState::failed] == 4);
    CHECK(s.store->counts().by_state[JobState::pending] == 0);
    CHECK(end_job(s, 4, JobState::completed).cascaded.empty());
}

TEST_CASE("an expired job fails its dependents, a canceled one cancels them") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}, {3, {}}, {4, {job_id(3)}}, {5, {job_id(4)}}});
    end_job(s, 1, JobState::expired);
    CHECK(s.job(2)->error == "dependency_failed:" + job_id(1));
    end_job(s, 3, JobState::canceled);
    CHECK(s.job(4)->state == JobState::canceled);
    CHECK(s.job(4)->error == "dependency_cancelled:" + job_id(3));
    CHECK(s.job(5)->error == "dependency_cancelled:" + job_id(4));
}

TEST_CASE("what the store did by itself is told in the same commit, after the rest") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}, {3, {job_id(2)}}});
    s.heard.clear();
    Mutation fails;
    fails.updates.push_back(ending(s, 1, JobState::failed));
    fails.effects.events.emplace_back("cause", "t", json::object{});
    fails.tell = tell_event;
    auto events = s.commit(std::move(fails)).events;
    REQUIRE(events.size() == 3);
    CHECK(events[0].type == "cause");
    CHECK(events[1].text.find(job_id(2)) != std::string::npos);
    CHECK(events[2].text.find(job_id(3)) != std::string::npos);
    REQUIRE(s.heard.size() == 1);
    CHECK(s.heard[0].size() == 3);
    CHECK(s.record("told", "fail", job_id(3)));
}

TEST_CASE("a dependency that had completed is none, and one that had ended badly ends the newcomer at once") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {}}});
    end_job(s, 1, JobState::completed);
    end_job(s, 2, JobState::canceled);
    auto ready = insert_graph(s, {{3, {job_id(1)}}});
    CHECK(ready.inserted[0].job.state == JobState::queued);
    CHECK(ready.cascaded.empty());
    auto doomed = insert_graph(s, {{5, {job_id(4)}}, {4, {job_id(1), job_id(2)}}});
    CHECK(doomed.inserted[1].job.state == JobState::pending);
    CHECK(doomed.inserted[1].job.open_dependencies == 1);
    REQUIRE(doomed.cascaded.size() == 2);
    CHECK(s.job(4)->state == JobState::canceled);
    CHECK(s.job(4)->error == "dependency_cancelled:" + job_id(2));
    CHECK(s.job(5)->error == "dependency_cancelled:" + job_id(4));
    REQUIRE(doomed.events.size() == 4);  // both inserted, then both ended
    CHECK(doomed.events[1].type == "inserted pending");
    CHECK(doomed.events[2].type == "cancel");
}

TEST_CASE("unknown dependencies are refused with their ids, and nothing is stored") {
    FOR_EACH_DRIVER(s);
    Mutation mutation = graph({{1, {}}, {2, {job_id(1), "nobody", job_id(9)}}});
    auto refused = s.try_commit(std::move(mutation));
    REQUIRE(!refused);
    CHECK(refused.error().code == "unknown_dependency");
    CHECK(refused.error().details == json::object{{"ids", {"nobody", job_id(9)}}, {"index", 1}});
    CHECK(!s.job(1));
    auto alone = s.try_commit(graph({{1, {"nobody"}}}));
    REQUIRE(!alone);
    CHECK(alone.error().details == json::object{{"ids", {"nobody"}}});
}

TEST_CASE("a client's own id names its job, once") {
    FOR_EACH_DRIVER(s);
    Mutation mutation = graph({{1, {}}, {2, {"mine"}}});
    mutation.inserts[0].job.client_id = "mine";
    s.commit(std::move(mutation));
    if (driver != StoreDriver::memory) s.reopen();
    CHECK(s.job(1)->id() == "mine");
    CHECK(run_task(s.store->job_by_client_id("mine"))->key == 1);
    CHECK(!run_task(s.store->job_by_client_id("other")));
    CHECK(s.job(2)->dependencies == std::vector<Dependency>{{1, "mine"}});
    insert_graph(s, {{3, {"mine", job_id(1)}}});
    CHECK(s.job(3)->dependencies.size() == 1);
    Mutation again = graph({{7, {}}, {8, {}}});
    again.inserts[1].job.client_id = "mine";
    auto refused = s.try_commit(std::move(again));
    REQUIRE(!refused);
    CHECK(refused.error().code == "duplicate_job_id");
    CHECK(refused.error().details == json::object{{"jobId", "mine"}, {"index", 1}});
    Mutation twice = graph({{7, {}}, {8, {}}});
    for (auto& insert : twice.inserts) insert.job.client_id = "new";
    CHECK(s.try_commit(std::move(twice)).error().code == "duplicate_job_id");
    CHECK(!s.job(7));
    end_job(s, 1, JobState::failed);
    CHECK(s.job(2)->error == "dependency_failed:mine");
}

TEST_CASE("a job with a time to come waits for it as well") {
    FOR_EACH_DRIVER(s);
    Mutation mutation = graph({{1, {}}, {2, {job_id(1)}}, {3, {}}});
    mutation.inserts[1].job.scheduled_for = s.clock.now + Millis{10};
    mutation.inserts[2].job.scheduled_for = s.clock.now + Millis{10};
    s.commit(std::move(mutation));
    CHECK(s.job(3)->state == JobState::pending);
    auto open = run_task(s.store->open_jobs(1, 10));
    REQUIRE(open.size() == 2);
    CHECK(open[0].open_dependencies == 1);
    CHECK(open[1].open_dependencies == 0);
    CHECK(open[1].scheduled_for == s.clock.now + Millis{10});
    Mutation early;
    early.updates.push_back(promoting(s, 2));
    CHECK(s.try_commit(std::move(early)).error().code == "stale_job");
    auto ended = end_job(s, 1, JobState::completed);
    CHECK(ended.cascaded.empty());
    REQUIRE(ended.timed.size() == 1);
    CHECK(ended.timed[0].key == 2);
    CHECK(ended.timed[0].due == s.clock.now + Millis{10});
    CHECK(s.job(2)->state == JobState::pending);
    CHECK(s.job(2)->open_dependencies == 0);
    s.clock.now += Millis{10};
    Mutation due;
    due.updates.push_back(promoting(s, 2));
    s.commit(std::move(due));
    CHECK(s.job(2)->state == JobState::queued);
}

TEST_CASE("a job that would wait for a duplicate of itself is refused, also at the end of a longer way") {
    FOR_EACH_DRIVER(s);
    auto twins = [](std::int64_t one, std::int64_t other, std::vector<Node> nodes) {
        auto mutation = graph(nodes);
        for (auto& insert : mutation.inserts) {
            if (insert.job.key != one && insert.job.key != other) continue;
            insert.job.dedupe_match = "twin";
            insert.dedupe = DedupeMode::single_flight;
        }
        return mutation;
    };
    auto refused = s.try_commit(twins(1, 2, {{1, {job_id(2)}}, {2, {}}}));
    REQUIRE(!refused);
    CHECK(refused.error().code == "cyclic_dependency");
    CHECK(refused.error().details.at("cycle") == json::array{job_id(1), job_id(1)});
    CHECK(s.try_commit(twins(1, 3, {{1, {job_id(2)}}, {2, {job_id(3)}}, {3, {}}})).error().code == "cyclic_dependency");
    CHECK(s.store->counts().by_state[JobState::pending] == 0);
    s.commit(twins(1, 2, {{1, {}}, {2, {}}, {3, {job_id(2)}}}));
    CHECK(s.job(3)->dependencies == std::vector<Dependency>{{1, job_id(1)}});
}

TEST_CASE("a dependent that the same mutation ends is let be") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}, {2, {job_id(1)}}, {3, {job_id(2)}}});
    Mutation both;
    both.updates.push_back(ending(s, 1, JobState::completed));
    both.updates.push_back(ending(s, 2, JobState::canceled));
    auto committed = s.commit(std::move(both));
    REQUIRE(committed.cascaded.size() == 1);
    CHECK(committed.cascaded[0].next.key == 3);
    CHECK(s.job(3)->state == JobState::canceled);
}

TEST_CASE("a dependency on a duplicate is one on the job that stands for it") {
    FOR_EACH_DRIVER(s);
    Job standing = a_job(1);
    standing.dedupe_match = "m";
    s.insert(standing);
    Mutation mutation = graph({{2, {}}, {3, {job_id(2)}}});
    mutation.inserts[0].job.dedupe_match = "m";
    mutation.inserts[0].dedupe = DedupeMode::single_flight;
    auto committed = s.commit(std::move(mutation));
    CHECK(committed.inserted[0].how == Inserted::How::duplicate);
    CHECK(s.job(3)->dependencies == std::vector<Dependency>{{1, job_id(1)}});
    end_job(s, 1, JobState::completed);
    CHECK(s.job(3)->state == JobState::queued);
}

TEST_CASE("the dependents of a job are named, until they are removed") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}, ""}, {2, {job_id(1)}, ""}, {3, {job_id(1)}, "p1"}});
    CHECK(run_task(s.store->dependents(1, 10)) == std::vector<std::int64_t>{2, 3});
    CHECK(run_task(s.store->dependents(1, 1)) == std::vector<std::int64_t>{2});
    CHECK(run_task(s.store->dependents(2, 10)).empty());
    end_job(s, 1, JobState::failed);
    s.clock.now += Millis{60'001};
    RetentionRules rules;
    rules.pool_age = Millis{1};
    s.retain(rules);
    CHECK(!s.job(2));
    CHECK(run_task(s.store->dependents(1, 10)) == std::vector<std::int64_t>{3});
}
