// One lane after the other, many lanes at once, and who is next.
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("a job goes from queued to started to completed, with an event for each and its result") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"name", "a"}, {"ms", 40}});
    CHECK(job.state == JobState::queued);
    CHECK(job.run == 0);
    auto done = rig.finished(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.result->at("run") == 1);
    CHECK(done.run == 1);
    CHECK(done.attempts == 1);
    CHECK(*done.completed_at - *done.started_at == 40ms);
    CHECK(done.dispatch.at("rule") == "priority");
    CHECK(rig.heard->of(job) == std::vector<std::string>{"queued", "started", "completed"});
    std::int64_t seq = 0;
    for (const auto& event : rig.heard->events) CHECK(event.seq == ++seq);
}

TEST_CASE("matrix: scheduler — per-project serialization") {
    QueueRig rig;
    rig.settings.global_concurrency = 8;
    rig.crash();
    rig.define();
    rig.restart();
    std::vector<Job> jobs;
    for (int i = 0; i < 30; ++i)
        jobs.push_back(rig.enqueue(fmt::format("p{}", i % 3), {{"name", fmt::format("{}", i)}, {"ms", 10 + i % 7}}));
    for (const auto& job : jobs) CHECK(rig.finished(job).state == JobState::completed);
    CHECK(rig.watch->most_in_a_lane == 1);
    CHECK(rig.watch->most_at_once == 3);
    // In each lane in the order of their arrival.
    for (int lane = 0; lane < 3; ++lane) {
        std::vector<std::string> expected, seen;
        for (int i = lane; i < 30; i += 3) expected.push_back(fmt::format("p{}/{}", lane, i));
        for (const auto& start : rig.watch->starts)
            if (start.starts_with(fmt::format("p{}/", lane))) seen.push_back(start);
        CHECK(seen == expected);
    }
}

TEST_CASE("no more lane jobs run at once than there are slots, and background leaves one free") {
    QueueRig rig;
    rig.define();
    rig.start();
    std::vector<Job> jobs;
    for (int i = 0; i < 6; ++i) jobs.push_back(rig.enqueue(fmt::format("p{}", i), {{"ms", 100}}));
    rig.settle();
    CHECK(rig.watch->running_now == 1);
    auto urgent = rig.enqueue("p9", {{"name", "urgent"}, {"ms", 100}, {"priority", 1}});
    rig.settle();
    CHECK(rig.watch->running_now == 2);
    CHECK(rig.watch->starts.back() == "p9/urgent");
    rig.finished(urgent);
    for (const auto& job : jobs) rig.finished(job);
    CHECK(rig.watch->most_at_once == 2);
}

TEST_CASE("matrix: scheduler — fairness/aging starvation prevention") {
    QueueRig rig;
    rig.define();
    rig.start();
    rig.enqueue("p1", {{"name", "first"}, {"ms", 16000}, {"priority", 1}});
    rig.settle();
    auto background = rig.enqueue("p1", {{"name", "background"}, {"ms", 10}});
    for (int i = 0; i < 10; ++i)
        rig.enqueue("p1", {{"name", fmt::format("i{}", i)}, {"ms", 10}, {"priority", 1}});
    rig.advance(20s);
    // "first" and two more are a burst of three; then the job that has waited longer than 15 s.
    CHECK(std::vector<std::string>(rig.watch->starts.begin(), rig.watch->starts.begin() + 5) ==
          std::vector<std::string>{"p1/first", "p1/i0", "p1/i1", "p1/background", "p1/i2"});
    auto done = rig.job(background);
    CHECK(done.dispatch.at("rule") == "aged");
    CHECK(done.dispatch.at("passedOver").to_number<int>() == 8);
    CHECK(done.dispatch.at("waitMs").to_number<int>() >= 15000);
}

TEST_CASE("while a lane works, a retry that becomes due in it costs nothing and is taken up afterwards") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto flaky = rig.enqueue("p1", {{"name", "flaky"}, {"fail", "retryable"}, {"failures", 1}});
    auto lengthy = rig.enqueue("p1", {{"name", "lengthy"}, {"ms", 30000}});
    rig.advance(29s);
    CHECK(rig.job(flaky).state == JobState::queued);
    CHECK(rig.job(lengthy).state == JobState::running);
    CHECK(rig.finished(flaky).state == JobState::completed);
}

TEST_CASE("a paused lane sleeps through what becomes due in it") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto flaky = rig.enqueue("p1", {{"fail", "retryable"}, {"failures", 1}});
    rig.settle();
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::pause)).value();
    rig.advance(1h);
    CHECK(rig.job(flaky).state == JobState::queued);
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::resume)).value();
    CHECK(rig.finished(flaky).state == JobState::completed);
}

TEST_CASE("a lane's view tells what waits and what runs") {
    QueueRig rig;
    rig.define();
    rig.start();
    for (int i = 0; i < 3; ++i) rig.enqueue("p1", {{"ms", 1000}});
    rig.advance(500ms);
    auto lanes = rig.lanes();
    REQUIRE(lanes.size() == 1);
    CHECK(lanes[0].owner == "p1");
    CHECK(lanes[0].running == 1);
    CHECK(lanes[0].queued == 2);
    CHECK(lanes[0].oldest_wait == 500ms);
    auto deepest = rig.wait_for(rig.queue->deepest_lanes(10));
    REQUIRE(deepest.size() == 1);
    CHECK(deepest[0].queued == 2);
}

TEST_CASE("lanes are listed by owner, page by page") {
    QueueRig rig;
    rig.define();
    rig.start();
    for (const char* owner : {"d", "b", "a", "c", "e"}) rig.enqueue(owner, {{"ms", 60000}});
    rig.settle();
    auto first = rig.wait_for(rig.queue->lanes("", 2));
    REQUIRE(first.lanes.size() == 2);
    CHECK(first.lanes[0].owner == "a");
    CHECK(first.next == "b");
    auto second = rig.wait_for(rig.queue->lanes(*first.next, 2));
    CHECK(second.lanes[0].owner == "c");
    auto last = rig.wait_for(rig.queue->lanes(*second.next, 2));
    CHECK(last.lanes.size() == 1);
    CHECK_FALSE(last.next);
    CHECK(rig.wait_for(rig.queue->lanes("", 0)).lanes.size() == 1);
}

TEST_CASE("lanes with nothing to do are forgotten, however they were touched") {
    QueueRig rig;
    rig.settings.max_per_project = 1;
    rig.crash();
    rig.define();
    rig.define("single", [](Definition& definition) {
        definition.dedupe.mode = DedupeMode::single_flight;
        definition.dedupe.key = [](const json::object&) { return std::optional<std::string>("key"); };
        definition.dedupe.match = [](const json::object&) { return std::string("same everywhere"); };
    });
    rig.restart();
    auto held = rig.enqueue("holder", {{"ms", 60000}}, "single");
    for (int i = 0; i < 300; ++i) {
        auto owner = fmt::format("p{}", i);
        rig.enqueue(owner, {}, "single");                                                     // stood for by another lane's
        rig.wait_for(rig.queue->command_lane(owner, Queue::LaneCommand::pause)).value();
        rig.wait_for(rig.queue->command_lane(owner, Queue::LaneCommand::resume)).value();
        auto job = rig.enqueue(owner, {{"turn", "t"}, {"ms", 10}});
        CHECK(rig.try_enqueue(rig.request(owner, {})).has_error());                           // queue_full
        rig.settle();
        CHECK(rig.cancel(job).has_value());
        rig.finished(job);
        CHECK(rig.cancel(job).has_error());
    }
    rig.finished(held);
    rig.advance(2s);
    CHECK(rig.lanes().empty());
}

TEST_CASE("a lane that was forgotten while somebody came back is made anew and misses nothing") {
    QueueRig rig;
    rig.define();
    rig.start();
    for (int i = 0; i < 200; ++i) {
        auto first = rig.later(rig.queue->enqueue(rig.request("p1", {{"ms", 1}})));
        auto second = rig.later(rig.queue->enqueue(rig.request("p1", {})));
        rig.advance(Millis{1});
        REQUIRE(*first);
        REQUIRE(*second);
        CHECK(rig.finished((*first)->value().job).state == JobState::completed);
        CHECK(rig.finished((*second)->value().job).state == JobState::completed);
    }
    CHECK(rig.watch->most_in_a_lane == 1);
}
