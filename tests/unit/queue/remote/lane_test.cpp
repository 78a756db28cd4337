// Jobs of lanes that workers outside run: one at a time, in the lane's order, and no slot of the lanes for them.
#include "support/catch.hpp"
#include "support/remote_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

std::vector<LaneView> lane(RemoteRig& rig) {
    rig.settle();
    return rig.lanes();
}

}  // namespace

TEST_CASE("of a lane one job runs at a time, whoever runs it") {
    RemoteRig rig;
    auto first = rig.submit_remote("resize", "p1"), second = rig.submit_remote("resize", "p1");
    auto held = rig.claim("crane");
    REQUIRE(held);
    CHECK(held->job.key == first.key);
    auto ours = rig.enqueue("p1", {{"name", "ours"}, {"ms", 10}});
    CHECK_FALSE(rig.claim("barge"));
    rig.advance(20s);
    CHECK(rig.watch->starts.empty());
    CHECK(lane(rig)[0].running == 1);
    CHECK(lane(rig)[0].queued == 2);
    REQUIRE(rig.complete(RemoteRig::held(*held, "crane")).has_value());
    rig.advance(20ms);
    CHECK(rig.job(ours).state == JobState::completed);  // the lower number
    auto next = rig.claim("barge");
    REQUIRE(next);
    CHECK(next->job.key == second.key);
    CHECK(rig.complete(RemoteRig::held(*next, "barge")).has_value());
    CHECK(rig.heard->of(first) == std::vector<std::string>{"queued", "started", "completed"});
    CHECK(lane(rig).empty());
}

TEST_CASE("while a job of ours runs in a lane, none of it is handed out; a claim that waits gets the next") {
    RemoteRig rig;
    auto ours = rig.enqueue("p1", {{"name", "ours"}, {"ms", 1000}});
    auto remote = rig.submit_remote("resize", "p1");
    auto waiting = rig.claim_later(RemoteRig::asking("crane", 60s));
    CHECK_FALSE(waiting->has_value());
    rig.advance(1s);
    REQUIRE(waiting->has_value());
    CHECK(rig.job(ours).state == JobState::completed);
    CHECK((**waiting)->value().job.key == remote.key);
}

TEST_CASE("jobs of lanes that nobody claims take no slot from other lanes") {
    RemoteRig rig;
    for (auto owner : {"p1", "p2", "p3"}) {
        auto urgent = rig.remote("resize", owner);
        urgent.priority = 0;
        rig.submit(std::move(urgent));
    }
    REQUIRE(rig.claim("crane"));
    CHECK(rig.finished(rig.enqueue("p4", {{"ms", 10}})).state == JobState::completed);
}

TEST_CASE("what becomes more urgent in a lane goes before what it had offered") {
    RemoteRig rig;
    auto later = rig.submit_remote("resize", "p1");
    rig.settle();
    auto sooner = rig.remote("crop", "p1");
    sooner.priority = 1;
    auto urgent = rig.submit(std::move(sooner));
    CHECK_FALSE(rig.claim("crane"));
    auto held = rig.claim("crane", {"crop", "resize"});
    CHECK(held->job.key == urgent.key);
    CHECK(rig.complete(RemoteRig::held(*held, "crane")).has_value());
    CHECK(rig.claim("crane")->job.key == later.key);
}

TEST_CASE("a lost worker, a failure and a snooze give a lane's job back to it, and the lane goes on") {
    RemoteRig rig;
    auto remote = rig.submit_remote("resize", "p1");
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto ours = rig.enqueue("p1", {{"name", "ours"}, {"ms", 10}});
    SECTION("lost") { rig.advance(30s); }
    SECTION("failed") { CHECK(rig.fail(held, RemoteRig::failure("broken")).value()); }
    SECTION("snoozed") {
        auto later = RemoteRig::failure("tide");
        later.snooze_until = rig.time.wall() + 1s;
        CHECK(rig.fail(held, later).value());
    }
    rig.advance(20ms);
    CHECK(rig.job(ours).state == JobState::completed);
    CHECK_FALSE(rig.claim("crane"));
    rig.advance(1s);
    auto again = rig.claim("crane");
    REQUIRE(again);
    CHECK(again->job.key == remote.key);
}

TEST_CASE("waiting and running jobs of workers in a lane can be cancelled") {
    RemoteRig rig;
    auto running = rig.submit_remote("resize", "p1"), waiting = rig.submit_remote("resize", "p1");
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    CHECK(rig.cancel(waiting).value().state == JobState::canceled);
    CHECK(rig.cancel(running).value().state == JobState::running);
    CHECK(rig.heartbeat(held).value().cancel_requested);
    CHECK_FALSE(rig.fail(held, RemoteRig::failure("stopped")).value());
    CHECK(rig.job(running).state == JobState::canceled);
    CHECK(lane(rig).empty());
    auto offered = rig.submit_remote("resize", "p1");
    rig.settle();
    CHECK(rig.cancel(offered).value().state == JobState::canceled);
    CHECK_FALSE(rig.claim("crane"));
}

TEST_CASE("a lane that is paused hands out nothing, and a pool that is paused does not hold it up") {
    RemoteRig rig;
    auto command = [&](std::string owner, Queue::LaneCommand what) {
        REQUIRE(rig.wait_for(rig.queue->command_lane(std::move(owner), what)).has_value());
    };
    command("pool", Queue::LaneCommand::pause);
    auto job = rig.submit_remote("resize", "p1");
    command("p1", Queue::LaneCommand::pause);
    CHECK_FALSE(rig.claim("crane"));
    auto waiting = rig.claim_later(RemoteRig::asking("crane", 60s));
    command("p1", Queue::LaneCommand::resume);
    rig.settle();
    REQUIRE(waiting->has_value());
    CHECK((**waiting)->value().job.key == job.key);
}

TEST_CASE("a lane whose job a worker held at a restart waits for its end") {
    RemoteRig rig;
    rig.submit_remote("resize", "p1");
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto ours = rig.enqueue("p1", {{"name", "ours"}, {"ms", 10}});
    rig.restart();
    rig.advance(20s);
    CHECK(rig.job(ours).state == JobState::queued);
    CHECK(lane(rig)[0].running == 1);
    CHECK(rig.complete(held).has_value());
    rig.advance(20ms);
    CHECK(rig.job(ours).state == JobState::completed);
}
