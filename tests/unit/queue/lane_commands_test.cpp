// Pausing, resuming and draining lanes (queue.md 13).
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;
using Command = Queue::LaneCommand;

namespace {

LaneView command(QueueRig& rig, std::string owner, Command what) {
    return rig.wait_for(rig.queue->command_lane(std::move(owner), what)).value();
}

}  // namespace

TEST_CASE("a paused lane takes jobs and runs none; what runs already goes on") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto running = rig.enqueue("p1", {{"ms", 1000}});
    rig.settle();
    CHECK(command(rig, "p1", Command::pause).paused);
    auto waiting = rig.enqueue("p1", {{"priority", 1}});
    CHECK(rig.finished(running).state == JobState::completed);
    rig.advance(1h);
    CHECK(rig.job(waiting).state == JobState::queued);
    CHECK(rig.queue->paused_lanes(10) == std::vector<std::string>{"p1"});
    CHECK(rig.lanes().at(0).paused);
    CHECK_FALSE(command(rig, "p1", Command::resume).paused);
    CHECK(rig.finished(waiting).state == JobState::completed);
    CHECK(rig.queue->paused_lanes(10).empty());
    rig.advance(1s);
    CHECK(rig.lanes().empty());
}

TEST_CASE("a draining lane finishes what it has and takes nothing new") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto first = rig.enqueue("p1", {{"ms", 100}});
    auto second = rig.enqueue("p1", {{"ms", 100}});
    CHECK(command(rig, "p1", Command::drain).draining);
    auto refused = rig.try_enqueue(rig.request("p1", {}));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == "lane_draining");
    CHECK(rig.finished(first).state == JobState::completed);
    CHECK(rig.finished(second).state == JobState::completed);
    CHECK(rig.try_enqueue(rig.request("p1", {})).has_error());
    CHECK(rig.try_enqueue(rig.request("p2", {})).has_value());
    CHECK_FALSE(command(rig, "p1", Command::resume).draining);
    CHECK(rig.finished(rig.enqueue("p1", {})).state == JobState::completed);
}

TEST_CASE("pause and drain are kept together, survive a restart and end with one resume") {
    QueueRig rig;
    rig.define();
    rig.start();
    command(rig, "p1", Command::drain);
    auto both = command(rig, "p1", Command::pause);
    CHECK(both.paused);
    CHECK(both.draining);
    rig.restart();
    auto view = rig.lanes().at(0);
    CHECK(view.paused);
    CHECK(view.draining);
    CHECK(rig.try_enqueue(rig.request("p1", {})).error().code == "lane_draining");
    auto resumed = command(rig, "p1", Command::resume);
    CHECK_FALSE(resumed.paused);
    CHECK_FALSE(resumed.draining);
    rig.restart();
    CHECK(rig.lanes().empty());
}

TEST_CASE("commands that arrive at the same moment are carried out one after the other") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto pausing = rig.later(rig.queue->command_lane("p1", Command::pause));
    auto draining = rig.later(rig.queue->command_lane("p1", Command::drain));
    rig.settle();
    CHECK((*draining)->value().paused);
    CHECK((*draining)->value().draining);
    rig.restart();
    CHECK(rig.lanes().at(0).paused);
    CHECK(rig.lanes().at(0).draining);
}

TEST_CASE("a lane that is paused while its next job is about to start keeps that job") {
    QueueRig rig;
    rig.define();
    rig.start();
    for (int i = 0; i < 50; ++i) {
        auto enqueued = rig.later(rig.queue->enqueue(rig.request("p1", {{"ms", 5}})));
        auto paused = rig.later(rig.queue->command_lane("p1", Command::pause));
        rig.advance(Millis{i % 7});
        command(rig, "p1", Command::resume);
        CHECK(rig.finished((*enqueued)->value().job).state == JobState::completed);
    }
}

TEST_CASE("only lanes can be commanded, and a command that cannot be written changes nothing") {
    QueueRig rig;
    rig.define();
    rig.start();
    for (const char* owner : {"", "a b", "session:"})
        CHECK(rig.wait_for(rig.queue->command_lane(owner, Command::pause)).error().code == "invalid_request");
    rig.store.fail_commits(0);
    CHECK_THROWS_AS(command(rig, "p1", Command::pause), StorageUnavailable);
    CHECK(rig.queue->paused_lanes(10).empty());
    CHECK(rig.finished(rig.enqueue("p1", {})).state == JobState::completed);
}

TEST_CASE("a lane is freed while the queue is switched off, too") {
    QueueRig rig;
    rig.define();
    rig.start();
    command(rig, "p1", Command::pause);
    command(rig, "p2", Command::drain);
    rig.settings.enabled = false;
    rig.restart();
    rig.wait_for(rig.queue->free_lane("p1"));
    rig.settings.enabled = true;
    rig.restart();
    REQUIRE(rig.lanes().size() == 1);
    CHECK(rig.lanes().at(0).owner == "p2");
    CHECK(rig.finished(rig.enqueue("p1", {})).state == JobState::completed);
}
