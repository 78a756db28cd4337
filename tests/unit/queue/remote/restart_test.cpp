// Stops and restarts of the daemon while workers hold jobs.
#include "support/catch.hpp"
#include "support/remote_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("a worker that lives goes on after a restart of the daemon") {
    RemoteRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto submission = rig.remote("resize", owner);
    submission.client_id = "picture-1";
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    CHECK(held.job_id == "picture-1");
    rig.restart();
    CHECK(rig.job(job).state == JobState::running);
    rig.advance(29s);
    REQUIRE(rig.heartbeat(held).has_value());
    rig.advance(29s);
    CHECK(rig.job(job).state == JobState::running);
    REQUIRE(rig.complete(held).has_value());
    CHECK(rig.job(job).state == JobState::completed);
    CHECK(rig.job(job).attempts == 1);
}

TEST_CASE("a worker that is not heard of again after a restart is lost thirty seconds later") {
    RemoteRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto job = rig.submit_remote("resize", owner);
    auto request = RemoteRig::asking("crane");
    request.lease = 600s;
    auto held = RemoteRig::held(*rig.try_claim(std::move(request)).value(), "crane");
    rig.restart();
    rig.advance(29s);
    CHECK(rig.job(job).state == JobState::running);
    rig.advance(1s);
    CHECK(rig.job(job).state == JobState::queued);
    CHECK(*rig.job(job).error == "worker_lost");
    CHECK(rig.job(job).attempts == 1);
    CHECK(refusal(rig.complete(held)) == "stale_run");
    rig.advance(1s);
    CHECK(rig.claim("barge")->job.run == 2);
}

TEST_CASE("jobs that wait for a worker, and for their retry, wait on after a restart") {
    RemoteRig rig;
    auto job = rig.submit_remote(), retried = rig.submit_remote("crop");
    CHECK(rig.fail(RemoteRig::held(*rig.claim("crane", {"crop"}), "crane"), RemoteRig::failure("broken")).value());
    rig.restart();
    CHECK_FALSE(rig.claim("crane", {"crop"}));
    CHECK(rig.claim("crane")->job.key == job.key);
    auto waiting = rig.claim_later(RemoteRig::asking("crane", 10s, {"crop"}));
    rig.advance(1s);
    REQUIRE(waiting->has_value());
    CHECK((**waiting)->value().job.key == retried.key);
}

TEST_CASE("a cancel that was asked for before a restart is told after it, and has its bound") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    REQUIRE(rig.cancel(job, "no longer wanted").has_value());
    rig.restart();
    auto lease = rig.heartbeat(held).value();
    CHECK(lease.cancel_requested);
    CHECK(lease.reason == "no longer wanted");
    SECTION("it is heeded") {
        CHECK_FALSE(rig.fail(held, RemoteRig::failure("stopped")).value());
        CHECK(*rig.job(job).error == "no longer wanted");
    }
    SECTION("it is not") {
        rig.advance(30s);
        CHECK(*rig.job(job).error == "interrupt_timeout");
    }
    CHECK(rig.job(job).state == JobState::canceled);
}

TEST_CASE("the time of a run goes on through a restart") {
    RemoteRig rig;
    auto submission = rig.remote();
    submission.timeout = 60s;
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.advance(25s);
    rig.restart();
    rig.advance(20s);
    CHECK_FALSE(rig.heartbeat(held).value().cancel_requested);
    rig.advance(15s);
    CHECK(rig.heartbeat(held).value().reason == "timeout");
}

TEST_CASE("a deadline is as near after a restart as it was before") {
    PoolSettings settings;
    settings.expire = 120min;
    RemoteRig rig(settings);
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto submission = rig.remote("resize", owner);
    submission.expires_at = rig.time.wall() + 50s;
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.advance(29s);
    rig.restart();
    rig.advance(20s);
    CHECK_FALSE(rig.heartbeat(held).value().cancel_requested);
    rig.advance(1s);
    CHECK(rig.heartbeat(held).value().reason == "expired");
    rig.advance(60s);
    CHECK(rig.job(job).state == JobState::expired);
}

TEST_CASE("a stop answers claims that wait at once, and does not wait for what workers hold") {
    RemoteRig rig;
    auto job = rig.submit_remote(), in_lane = rig.submit_remote("crop", "p1");
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto of_lane = RemoteRig::held(*rig.claim("crane", {"crop"}), "crane");
    auto waiting = rig.claim_later(RemoteRig::asking("barge", 60s));
    auto before = rig.time.mono();
    rig.wait_for(rig.queue->stop(StopOptions()));
    CHECK(rig.time.mono() == before);
    CHECK(rig.queue->left_over().empty());
    rig.settle();
    REQUIRE(waiting->has_value());
    CHECK(refusal(**waiting) == "shutting_down");
    CHECK(refusal(rig.try_claim(RemoteRig::asking("barge", 60s))) == "shutting_down");
    CHECK(rig.job(job).state == JobState::running);
    CHECK(rig.complete(held).has_value());
    rig.restart();
    CHECK(rig.job(in_lane).state == JobState::running);
    CHECK(rig.complete(of_lane).has_value());
    CHECK(rig.job(in_lane).state == JobState::completed);
}

TEST_CASE("a queue that is switched off says so to workers") {
    RemoteRig rig;
    rig.settings.enabled = false;
    rig.restart();
    CHECK(refusal(rig.try_claim(RemoteRig::asking("crane", 60s))) == "queue_disabled");
}
