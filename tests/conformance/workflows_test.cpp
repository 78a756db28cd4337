// A workflow's own job ends with the last of its jobs: jobs-family.md, Workflow.
#include "base/ids.hpp"
#include "conformance/drivers.hpp"
#include "support/workflow_graph.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;

TEST_CASE("a workflow is pending until the commit in which the last of its jobs completes, and has what each said") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}, {3, {job_id(2)}}, {4, {}}}, {{job_id(2), "first"}}));
    CHECK(s.job(1)->state == JobState::pending);
    CHECK(s.job(1)->open_dependencies == 3);
    end_with(s, 2, JobState::completed, {{"output", "one"}});
    CHECK(s.job(1)->open_dependencies == 2);
    if (driver != StoreDriver::memory) s.reopen();
    end_with(s, 4, JobState::completed, {{"n", 4}});
    CHECK(s.job(1)->state == JobState::pending);
    auto last = end_with(s, 3, JobState::completed);
    REQUIRE(last.cascaded.size() == 1);
    CHECK(last.cascaded[0].next.key == 1);
    REQUIRE(last.events.size() == 1);
    auto own = *s.job(1);
    CHECK(own.state == JobState::completed);
    CHECK(own.open_dependencies == 0);
    CHECK(own.completed_at == s.clock.now);
    json::object results{{"first", "one"}, {job_id(3), json::object{}}, {job_id(4), {{"n", 4}}}};
    CHECK(*own.result == json::object{{"results", results}, {"allSuccess", true}, {"errors", json::array{}}});
    CHECK(s.store->counts().by_state[JobState::pending] == 0);
    CHECK(s.store->counts().completed_24h == 3);  // it is no work
}

TEST_CASE("a failure runs through the jobs of a workflow and ends it in the same commit, naming all that failed") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}, {3, {job_id(2)}}, {4, {job_id(3)}}, {5, {}}}, {{job_id(3), "middle"}}));
    end_with(s, 5, JobState::completed);
    Mutation fails;
    fails.updates.push_back(ending(s, 2, JobState::failed));
    fails.updates.back().next.error = "broken";
    auto committed = s.commit(std::move(fails));
    CHECK(committed.cascaded.size() == 3);
    auto own = *s.job(1);
    CHECK(own.state == JobState::failed);
    CHECK(own.error == "workflow_failed: 3 of 4 failed");
    CHECK(own.result->at("allSuccess") == false);
    CHECK(own.result->at("results").as_object().size() == 4);
    json::array errors{{{"key", nullptr}, {"jobId", job_id(2)}, {"status", "failed"}, {"error", "broken"}},
                       {{"key", "middle"}, {"jobId", job_id(3)}, {"status", "failed"}, {"error", "dependency_failed:" + job_id(2)}},
                       {{"key", nullptr}, {"jobId", job_id(4)}, {"status", "failed"}, {"error", "dependency_failed:" + job_id(3)}}};
    CHECK(own.result->at("errors") == errors);
}

TEST_CASE("jobs that were canceled one by one leave their workflow canceled, one that expired leaves it failed") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}, {3, {}}}));
    s.commit(workflow(4, {{5, {}}, {6, {}}}));
    end_with(s, 2, JobState::completed);
    end_with(s, 3, JobState::canceled);
    CHECK(s.job(1)->state == JobState::canceled);
    CHECK(s.job(1)->error == "workflow_cancelled: 1 of 2 cancelled");
    end_with(s, 5, JobState::expired);
    end_with(s, 6, JobState::canceled);
    CHECK(s.job(4)->state == JobState::failed);
}

TEST_CASE("what depends on a workflow waits for its end, and its bad end ends it") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}}));
    s.commit(workflow(3, {{4, {}}}));
    insert_graph(s, {{5, {job_id(1)}}, {6, {job_id(3)}}, {7, {job_id(6)}}});
    auto good = end_with(s, 2, JobState::completed);
    CHECK(good.cascaded.size() == 2);
    CHECK(s.job(5)->state == JobState::queued);
    end_with(s, 4, JobState::failed);
    CHECK(s.job(6)->error == "dependency_failed:" + job_id(3));
    CHECK(s.job(7)->state == JobState::failed);
}

TEST_CASE("a workflow of jobs whose dependencies had ended badly ends with them as it is stored") {
    FOR_EACH_DRIVER(s);
    insert_graph(s, {{1, {}}});
    end_job(s, 1, JobState::failed);
    auto committed = s.commit(workflow(2, {{3, {job_id(1)}}, {4, {job_id(3)}}}));
    CHECK(committed.inserted[0].job.state == JobState::pending);
    CHECK(committed.cascaded.size() == 3);
    CHECK(s.job(2)->state == JobState::failed);
    CHECK(s.job(2)->error == "workflow_failed: 2 of 2 failed");
    CHECK(s.job(2)->result->at("errors").as_array().size() == 2);
}

TEST_CASE("a workflow that is canceled takes what waits with it at once, and ends with what ran") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}, {3, {}}, {4, {job_id(2)}}, {5, {job_id(4)}}, {6, {}}}));
    insert_graph(s, {{7, {job_id(5)}}});
    s.move_to(2, JobState::running);
    end_with(s, 3, JobState::completed, {{"output", 3}});
    auto committed = cancel_workflow(s, 1);
    CHECK(committed.cascaded.size() == 4);
    for (auto key : {4, 5, 6}) {
        CHECK(s.job(key)->state == JobState::canceled);
        CHECK(s.job(key)->error == "workflow_cancelled:" + job_id(1));
    }
    CHECK(s.job(7)->error == "dependency_cancelled:" + job_id(5));
    CHECK(s.job(2)->state == JobState::running);
    CHECK(s.job(2)->cancel_reason == "workflow_cancelled:" + job_id(1));
    if (driver != StoreDriver::memory) s.reopen();
    auto own = *s.job(1);
    CHECK(own.state == JobState::pending);
    CHECK(own.open_dependencies == 1);
    CHECK(own.cancel_reason == "user_requested");
    end_with(s, 2, JobState::failed);
    CHECK(s.job(1)->state == JobState::canceled);
    CHECK(s.job(1)->error == "user_requested");
    CHECK(s.job(1)->result->at("results").as_object().at(job_id(3)) == 3);
}

TEST_CASE("a workflow whose jobs all completed in spite of a wish to cancel it is completed") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}}));
    s.move_to(2, JobState::running);
    CHECK(cancel_workflow(s, 1).cascaded.empty());
    end_with(s, 2, JobState::completed);
    CHECK(s.job(1)->state == JobState::completed);
    Mutation again;
    again.cancels.emplace_back(1, "user_requested");
    auto refused = s.try_commit(std::move(again));
    REQUIRE(!refused);
    CHECK(refused.error().code == "stale_job");
    Mutation no_workflow;
    no_workflow.cancels.emplace_back(2, "user_requested");
    CHECK(!s.try_commit(std::move(no_workflow)));
}

TEST_CASE("what was under way when a workflow was canceled does not take that back") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}, {3, {}}, {4, {}}, {5, {}}}));
    for (std::int64_t key : {2, 3, 4, 5}) {
        auto transition = lifecycle::start(*s.job(key), s.clock.now, nullptr);
        Mutation starts;
        starts.updates.emplace_back(transition.next, transition.from, transition.from_run);
        s.commit(std::move(starts));
    }
    auto report = lifecycle::set_progress(*s.job(2), 50);
    auto again = lifecycle::retry(*s.job(3), s.clock.now, "flaky", s.clock.now);
    auto done = lifecycle::complete(*s.job(4), s.clock.now, {}, nullptr);
    auto wish = lifecycle::ask_cancel(*s.job(5), s.clock.now, "somebody else");
    Mutation cancels;
    cancels.cancels.emplace_back(1, "user_requested");
    s.commit(std::move(cancels));
    for (const auto& transition : {report, again, done, wish}) {
        Mutation late;
        late.updates.emplace_back(transition.next, transition.from, transition.from_run);
        s.commit(std::move(late));
    }
    auto reason = "workflow_cancelled:" + job_id(1);
    CHECK(s.job(2)->state == JobState::running);
    CHECK(s.job(2)->progress == 50);
    CHECK(s.job(2)->cancel_reason == reason);
    CHECK(s.job(2)->cancel_requested_at);
    CHECK(s.job(3)->state == JobState::canceled);
    CHECK(s.job(3)->cancel_reason == reason);
    CHECK(s.job(4)->state == JobState::completed);
    CHECK(s.job(5)->cancel_reason == reason);
    CHECK(s.job(1)->state == JobState::pending);
}

TEST_CASE("a job of a workflow that is opened again is waited for again") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}}, {3, {}}}));
    end_with(s, 2, JobState::failed);
    CHECK(s.job(1)->open_dependencies == 1);
    auto retry = lifecycle::operator_retry(*s.job(2), s.clock.now, 1);
    Mutation reopens;
    reopens.updates.emplace_back(retry.next, retry.from, retry.from_run);
    s.commit(std::move(reopens));
    CHECK(s.job(1)->open_dependencies == 2);
    end_with(s, 3, JobState::completed);
    CHECK(s.job(1)->state == JobState::pending);
    end_with(s, 2, JobState::completed);
    CHECK(s.job(1)->state == JobState::completed);
}

TEST_CASE("a job of another kind under the name of a workflow's waits for nobody") {
    FOR_EACH_DRIVER(s);
    Job free_word = a_job(1, "");
    free_word.type = std::string(aggregate_type);
    free_word.executor = "prompt";
    free_word.state = JobState::pending;
    s.insert(free_word);
    Job member = a_job(2, "");
    member.workflow_id = job_id(1);
    s.insert(member);
    CHECK(end_with(s, 2, JobState::completed).cascaded.empty());
    CHECK(s.job(1)->state == JobState::pending);
}

TEST_CASE("the jobs of a workflow are kept as long as it is, and go after it") {
    FOR_EACH_DRIVER(s);
    s.commit(workflow(1, {{2, {}, ""}, {3, {}, ""}}));
    end_with(s, 2, JobState::completed);
    RetentionRules rules;
    s.clock.now += rules.pool_age + Millis{1000};
    s.retain(rules);
    CHECK(s.job(2));
    end_with(s, 3, JobState::completed);
    s.clock.now += std::chrono::hours{1};
    s.retain(rules);
    CHECK(s.job(2));
    s.clock.now += rules.pool_age;
    s.retain(rules);
    for (auto key : {1, 2, 3}) CHECK(!s.job(key));
}

TEST_CASE("an answer that belongs to all inserts is kept with them, or refuses them") {
    FOR_EACH_DRIVER(s);
    auto mutation = [](std::int64_t own) {
        Mutation mutation = workflow(own, {{own + 1, {}}, {own + 2, {job_id(own + 1)}}});
        mutation.answer = [](const std::vector<Inserted>& inserted) {
            json::array states;
            for (const auto& one : inserted) states.emplace_back(to_word(one.job.state));
            Effects effects;
            effects.puts.emplace_back("answer", "s", "k", json::object{{"states", states}}, RecordPut::Mode::insert);
            return effects;
        };
        return mutation;
    };
    s.commit(mutation(1));
    CHECK(s.record("answer", "s", "k")->body.at("states") == json::array{"pending", "queued", "pending"});
    auto refused = s.try_commit(mutation(4));
    REQUIRE(!refused);
    CHECK(refused.error().code == "record_exists");
    CHECK(!s.job(4));
    CHECK(!s.job(5));
}

TEST_CASE("ten thousand jobs that end in one commit end their workflow once") {
    FOR_EACH_DRIVER(s);
    constexpr int many = 10'000;
    std::vector<Node> nodes{{2, {}, ""}};
    for (int i = 3; i < many + 2; ++i) nodes.push_back({i, {job_id(i - 1)}, ""});  // a chain
    s.commit(workflow(1, nodes));
    auto committed = end_with(s, 2, JobState::failed);
    CHECK(committed.cascaded.size() == many);
    CHECK(committed.cascaded.back().next.key == 1);
    auto own = *s.job(1);
    CHECK(own.error == fmt::format("workflow_failed: {} of {} failed", many, many));
    CHECK(json::serialize(*own.result).size() <= 1'048'576);
    CHECK(own.result->at("results").as_object().size() == many);
    CHECK(s.store->counts().by_state[JobState::failed] == many + 1);
}
