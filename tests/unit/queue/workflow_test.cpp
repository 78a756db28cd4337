// Workflows in the pool: stored whole, run as their jobs say, ended with the last, canceled as one.
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

struct WorkflowRig : PoolRig {
    using PoolRig::PoolRig;

    Submission part(std::string key, json::object payload, std::vector<std::string> dependencies = {}) const {
        auto submission = QueueRig::submission(std::move(payload), std::move(dependencies));
        submission.key = std::move(key);
        return submission;
    }
    Result<std::vector<Enqueued>> try_workflow(std::vector<Submission> jobs, bool in_order = false) {
        if (auto ok = link_workflow(jobs, in_order); !ok) return ok.error();
        Batch batch(std::move(jobs));
        batch.workflow.emplace("work", in_order ? "sequential" : "dag");
        batch.list = json::array{"jobs"};
        return wait_for(queue->submit(std::move(batch)));
    }
    /// Its own job first.
    std::vector<Job> workflow(std::vector<Submission> jobs, bool in_order = false) {
        std::vector<Job> all;
        for (auto& one : try_workflow(std::move(jobs), in_order).value()) all.push_back(one.job);
        return all;
    }
};

}  // namespace

TEST_CASE("a workflow runs its jobs one after the other and ends with the last, without a worker of its own") {
    WorkflowRig rig;
    auto all = rig.workflow({rig.part("a", {{"name", "a"}, {"ms", 10}}), rig.part("b", {{"name", "b"}, {"ms", 10}})}, true);
    REQUIRE(all.size() == 3);
    CHECK(all[0].state == JobState::pending);
    CHECK(all[1].state == JobState::queued);
    CHECK(all[2].state == JobState::pending);
    CHECK(all[2].workflow_id == all[0].id());
    auto own = rig.finished(all[0]);
    CHECK(own.state == JobState::completed);
    CHECK(own.run == 0);
    CHECK(own.result->at("results").as_object().contains("b"));
    CHECK(rig.watch->starts == std::vector<std::string>{"/a", "/b"});
    CHECK(rig.told(own) == std::vector<std::string>{"job:created", "job:completed"});
    CHECK(rig.queue->completed_per_minute() == 2.0 / 5);
}

TEST_CASE("a workflow that is canceled takes what waits with it, asks what runs, and ends with it") {
    WorkflowRig rig;
    auto late = rig.part("late", {{"name", "late"}});
    late.scheduled_for = rig.time.wall() + 1h;
    auto lane = rig.part("lane", {{"name", "lane"}});
    lane.owner = "p1";
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::pause)).value();
    auto all = rig.workflow({rig.part("runs", {{"name", "runs"}, {"ms", 60'000}}), rig.part("after", {{"name", "after"}}, {"runs"}), late, lane});
    rig.advance(10ms);
    auto asked = rig.cancel(all[0], "user_requested").value();
    CHECK(asked.cancel_reason == "user_requested");
    auto own = rig.finished(all[0]);
    CHECK(own.state == JobState::canceled);
    CHECK(own.error == "user_requested");
    for (std::size_t i = 1; i < all.size(); ++i) {
        CHECK(rig.job(all[i]).state == JobState::canceled);
        CHECK(rig.job(all[i]).error == "workflow_cancelled:" + own.id());
    }
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::resume)).value();
    rig.advance(2h);
    CHECK(rig.watch->starts == std::vector<std::string>{"/runs"});
    CHECK(rig.workers().queued == 0);
    CHECK(rig.lanes().empty());
    CHECK(rig.cancel(all[0]).error().code == "already_terminal");
}

TEST_CASE("a workflow is open after a restart, whatever job types there are, and still ends with its jobs") {
    WorkflowRig rig;
    auto all = rig.workflow({rig.part("a", {{"name", "a"}, {"ms", 1000}}), rig.part("b", {{"name", "b"}}, {"a"})});
    rig.advance(10ms);
    rig.restart();
    CHECK(rig.job(all[0]).state == JobState::pending);
    CHECK(rig.finished(all[0]).state == JobState::completed);
}

TEST_CASE("a workflow that was being canceled when the daemon died is canceled by the next one") {
    WorkflowRig rig;
    auto all = rig.workflow({rig.part("a", {{"name", "a"}, {"ms", 60'000}})});
    rig.advance(10ms);
    Mutation wish;
    wish.at = rig.time.wall();
    wish.cancels.emplace_back(all[0].key, "user_requested");
    REQUIRE(rig.wait_for(rig.ledger->commit(std::move(wish))).has_value());
    rig.restart();
    CHECK(rig.job(all[1]).state == JobState::canceled);
    CHECK(rig.job(all[0]).state == JobState::canceled);
    CHECK(rig.watch->starts.size() == 1);
}

TEST_CASE("a workflow is not run again as a whole") {
    WorkflowRig rig;
    auto all = rig.workflow({rig.part("a", {{"fail", "fatal"}})});
    auto own = rig.finished(all[0]);
    CHECK(own.state == JobState::failed);
    auto refused = rig.wait_for(rig.queue->retry(own.id()));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "job_conflict");
}

TEST_CASE("a workflow with one job that cannot be stored stores none, and the refusal has its place") {
    WorkflowRig rig;
    auto highest = rig.memory.highest_job_key();
    auto unknown = rig.try_workflow({rig.part("a", {}), rig.part("b", {}, {"nobody"})}).error();
    CHECK(unknown.code == "unknown_dependency");
    CHECK(unknown.details.at("index") == 1);
    auto cyclic = rig.try_workflow({rig.part("a", {}, {"b"}), rig.part("b", {}, {"a"})}).error();
    CHECK(cyclic.details.at("cycle") == json::array{"a", "b", "a"});
    auto typed = rig.part("b", {});
    typed.executor = "nobody";
    auto executor = rig.try_workflow({rig.part("a", {}), typed}).error();
    CHECK(executor.issues.at(0).path == json::array{"jobs", 1, "executor"});
    auto twin = rig.part("b", {});
    twin.dedupe_key = "k";
    CHECK(rig.try_workflow({rig.part("a", {}), twin}).error().issues.at(0).path == json::array{"jobs", 1, "dedupeKey"});
    auto taken = rig.part("b", {});
    taken.client_id = "mine";
    auto named = rig.part("c", {});
    named.client_id = "mine";
    auto duplicate = rig.try_workflow({taken, named}).error();
    CHECK(duplicate.code == "duplicate_job_id");
    CHECK(duplicate.details.at("index") == 1);
    CHECK(rig.memory.highest_job_key() == highest);
    rig.advance(1min);
    CHECK(rig.watch->starts.empty());
}

TEST_CASE("jobs of one request may wait for each other by their own ids, in any order, but for themselves in no way") {
    WorkflowRig rig;
    auto own = [&](std::string id, std::vector<std::string> dependencies) {
        auto submission = rig.submission({{"name", id}, {"ms", 5}}, std::move(dependencies));
        submission.client_id = std::move(id);
        return submission;
    };
    auto stored = rig.try_submit({own("last", {"first"}), own("first", {})}).value();
    CHECK(stored[0].job.state == JobState::pending);
    CHECK(rig.finished(stored[0].job).state == JobState::completed);
    CHECK(rig.try_submit({own("A", {"C"}), own("B", {"A"}), own("C", {"B"})}).error().code == "cyclic_dependency");
    CHECK(rig.try_submit({own("me", {"me"})}).error().code == "cyclic_dependency");
}

TEST_CASE("the word of a workflow is no type of a job") {
    WorkflowRig rig;
    auto submission = rig.submission({});
    submission.type = "workflow";
    CHECK(rig.try_submit({submission}).error().issues.at(0).path == json::array{"type"});
}
