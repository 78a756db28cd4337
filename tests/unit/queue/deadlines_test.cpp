// `expiresAt`: the deadline of a whole job, whatever it is doing then (jobs-family.md, Retry and expiry).
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

Submission expiring(PoolRig& rig, Millis after, json::object payload, std::vector<std::string> dependencies = {}) {
    auto submission = rig.submission(std::move(payload), std::move(dependencies));
    submission.expires_at = rig.time.wall() + after;
    return submission;
}

}  // namespace

TEST_CASE("what waits at its deadline expires, in the pool and in a lane, and those that depend on it fail") {
    PoolRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto first = rig.submission({{"name", "first"}, {"ms", 3'600'000}});
    first.owner = owner;
    auto running = rig.submit(std::move(first));
    auto second = expiring(rig, 60s, {{"name", "late"}}, {running.id()});
    second.owner = owner;
    auto pending = rig.submit(std::move(second));
    auto dependent = rig.submit({{"name", "after"}}, {pending.id()});
    rig.advance(59s);
    CHECK(rig.job(pending).state == JobState::pending);
    rig.advance(2s);
    CHECK(rig.job(pending).state == JobState::expired);
    CHECK(*rig.job(pending).error == "expired");
    CHECK(*rig.job(dependent).error == "dependency_failed:" + pending.id());
    CHECK(rig.watch->starts_of("/after") == 0);
}

TEST_CASE("a queued job of a paused pool, or lane, expires in time") {
    PoolRig rig;
    auto owner = GENERATE(std::string("pool"), std::string("p1"));
    rig.wait_for(rig.queue->command_lane(owner, Queue::LaneCommand::pause)).value();
    auto submission = expiring(rig, 10s, {{"name", "never"}});
    if (owner == "p1") submission.owner = owner;
    auto job = rig.submit(std::move(submission));
    rig.advance(11s);
    CHECK(rig.job(job).state == JobState::expired);
    rig.wait_for(rig.queue->command_lane(owner, Queue::LaneCommand::resume)).value();
    rig.advance(10s);
    CHECK(rig.watch->starts.empty());
}

TEST_CASE("what runs at its deadline is asked to end, and is expired when it has, or has had its grace") {
    PoolRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    bool deaf = GENERATE(false, true);
    auto submission = expiring(rig, 10s, {{"name", "long"}, {"ms", 40'000}, {"deaf", deaf}});
    submission.owner = owner;
    auto job = rig.submit(std::move(submission));
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::expired);
    CHECK(*ended.completed_at - ended.created_at < 13s);
}

TEST_CASE("a job is not tried again beyond its deadline, nor started") {
    PoolRig rig;
    auto submission = expiring(rig, 1500ms, {{"name", "flaky"}, {"fail", "retryable"}});  // a second between two attempts
    submission.max_retries = 50;
    auto ended = rig.finished(rig.submit(std::move(submission)));
    CHECK(ended.state == JobState::expired);
    CHECK(rig.watch->starts_of("/flaky") == 2);
}

TEST_CASE("a deadline holds through a restart, and one that passed meanwhile ends the job at once") {
    PoolRig rig;
    rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::pause)).value();
    auto job = rig.submit(expiring(rig, 10s, {{"name", "never"}}));
    SECTION("it comes after the restart") {
        rig.restart();
        rig.advance(11s);
    }
    SECTION("it came before") {
        rig.crash();
        rig.time.step_wall(20s);
        rig.restart();
        rig.settle();
    }
    CHECK(rig.job(job).state == JobState::expired);
}

TEST_CASE("a job that ended in time is left alone, and one that a person retries has no deadline behind it") {
    PoolRig rig;
    auto fine = rig.submit(expiring(rig, 10s, {{"name", "fine"}, {"ms", 10}}));
    auto late = rig.submit(expiring(rig, 10s, {{"name", "late"}, {"ms", 20'000}}));
    CHECK(rig.finished(fine).state == JobState::completed);
    CHECK(rig.finished(late).state == JobState::expired);
    rig.advance(1min);
    CHECK(rig.job(fine).state == JobState::completed);
    rig.wait_for(rig.queue->retry(late.id())).value();
    CHECK(rig.finished(late).state == JobState::completed);
}

TEST_CASE("a full disk puts a deadline off, and does not lose it") {
    PoolRig rig;
    rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::pause)).value();
    auto job = rig.submit(expiring(rig, 10s, {{"name", "never"}}));
    rig.store.break_disk(true);
    rig.advance(30s);
    rig.store.break_disk(false);
    rig.advance(10s);
    CHECK(rig.job(job).state == JobState::expired);
}

TEST_CASE("what a run comes to after its deadline does not count") {
    PoolRig rig;
    auto job = rig.submit(expiring(rig, 10s, {{"name", "late"}, {"ms", 10'500}, {"deaf", true}}));
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::expired);
    CHECK_FALSE(ended.result);
}
