// What is refused at the door, and that nothing of it is kept.
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("a submission that is refused stores none of its jobs") {
    PoolRig rig;
    std::vector<Submission> jobs;
    jobs.push_back(rig.submission({{"name", "good"}}));
    jobs.push_back(rig.submission({{"name", "bad"}}, {"job_unknown"}));
    auto refused = rig.try_submit(std::move(jobs));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "unknown_dependency");
    rig.advance(1min);
    CHECK(rig.watch->starts.empty());
}

TEST_CASE("a full pool refuses, with its own scope") {
    PoolSettings settings;
    settings.queue_max = 2;
    PoolRig rig(settings);
    rig.submit({{"ms", 1000}});
    rig.submit({{"ms", 1000}});
    std::vector<Submission> jobs;
    jobs.push_back(rig.submission({}));
    auto refused = rig.try_submit(std::move(jobs));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "queue_full");
    CHECK(refused.error().details.at("scope") == "pool");
}

TEST_CASE("a pool, or a lane, that is being drained takes no submission") {
    PoolRig rig;
    auto owner = GENERATE(std::string("pool"), std::string("p1"));
    rig.wait_for(rig.queue->command_lane(owner, Queue::LaneCommand::drain)).value();
    std::vector<Submission> jobs;
    jobs.push_back(rig.submission({}));
    if (owner == "p1") jobs.front().owner = owner;
    auto refused = rig.try_submit(std::move(jobs));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "lane_draining");
}

TEST_CASE("a type with rules of its own, or one that no client may enqueue, is not submitted") {
    QueueRig rig;
    rig.define("hidden", [](Definition& definition) { definition.api_trigger = false; });
    rig.define("held", [](Definition& definition) { definition.admit = [](EnqueueRequest&) { return Result<void>(); }; });
    rig.start();
    for (std::string type : {"hidden", "held"}) {
        auto submission = rig.submission({});
        submission.type = type;
        std::vector<Submission> jobs{submission};
        auto refused = rig.try_submit(std::move(jobs));
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().issues.at(0).path == json::array{"type"});
    }
}

TEST_CASE("a retry in the pool is held to the pool's cap, not to that of lanes") {
    PoolRig rig;
    auto failed = rig.finished(rig.submit({{"fail", "fatal"}}));
    for (int i = 0; i <= rig.settings.max_per_project; ++i) rig.submit({{"ms", 1000}});
    auto retried = rig.wait_for(rig.queue->retry(failed.id()));
    CHECK(retried.has_value());
}
