// A run that is asked to end: by a cancel, or because its time is up.
#include "support/catch.hpp"
#include "support/remote_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("a worker hears of a cancel with its next heartbeat, and how it ends then is the cancel's") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto asked = rig.cancel(job, "no longer wanted");
    REQUIRE(asked.has_value());
    CHECK(asked->state == JobState::running);
    CHECK(rig.job(job).cancel_requested_at.has_value());
    auto lease = rig.heartbeat(held).value();
    CHECK(lease.cancel_requested);
    CHECK(lease.reason == "no longer wanted");
    SECTION("a failure") { CHECK_FALSE(rig.fail(held, RemoteRig::failure("stopped")).value()); }
    SECTION("a snooze") {
        auto snooze = RemoteRig::failure("stopped");
        snooze.snooze_until = rig.time.wall() + 1min;
        CHECK_FALSE(rig.fail(held, snooze).value());
    }
    SECTION("a completion") { CHECK(refusal(rig.complete(held)) == "stale_run"); }
    auto ended = rig.job(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(*ended.error == "no longer wanted");
    CHECK_FALSE(ended.result);
    CHECK_FALSE(rig.fail(held, RemoteRig::failure("stopped")).value());
    CHECK(refusal(rig.complete(held)) == "stale_run");
    auto late = rig.heartbeat(held).value();
    CHECK(late.cancel_requested);
    CHECK(late.reason == "no longer wanted");
    CHECK(late.expires_at == *ended.completed_at);
}

TEST_CASE("a worker that does not heed a cancel is waited for no longer than its lease lasts, and than thirty seconds") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto request = RemoteRig::asking("crane");
    bool long_lease = GENERATE(true, false);
    request.lease = long_lease ? 300s : 20s;
    auto held = RemoteRig::held(*rig.try_claim(std::move(request)).value(), "crane");
    rig.advance(5s);
    REQUIRE(rig.cancel(job).has_value());
    rig.advance(long_lease ? 29s : 14s);
    CHECK(rig.heartbeat(held).value().cancel_requested);
    CHECK(rig.job(job).state == JobState::running);
    rig.advance(1s);
    auto ended = rig.job(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(*ended.error == "interrupt_timeout");
    CHECK(*ended.cancel_reason == "user");
    CHECK(refusal(rig.complete(held)) == "stale_run");
    CHECK(rig.heartbeat(held).value().cancel_requested);
}

TEST_CASE("a job that waits for a worker is cancelled at once, and given to nobody") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    CHECK(rig.cancel(job).value().state == JobState::canceled);
    CHECK_FALSE(rig.claim("crane"));
    CHECK(refusal(rig.cancel(job)) == "already_terminal");
}

TEST_CASE("a cancel and a completion at once end the job, whichever comes first") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto completing = rig.later(rig.queue->claims().complete(held, CompletedRun({{"output", 1}})));
    auto canceling = rig.later(rig.queue->cancel(job.id(), "user"));
    rig.settle();
    CHECK((*completing)->has_value());
    CHECK(refusal(**canceling) == "already_terminal");
    CHECK(rig.job(job).state == JobState::completed);
}

TEST_CASE("a run over its own timeout is told so, and tried again when it does not end") {
    RemoteRig rig;
    auto submission = rig.remote();
    submission.timeout = 10s;
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.advance(9s);
    CHECK_FALSE(rig.heartbeat(held).value().cancel_requested);
    rig.advance(1s);
    auto lease = rig.heartbeat(held).value();
    CHECK(lease.cancel_requested);
    CHECK(lease.reason == "timeout");
    SECTION("it ends") {
        CHECK(rig.fail(held, RemoteRig::failure("stopped")).value());
        CHECK(rig.fail(held, RemoteRig::failure("stopped")).value());
    }
    SECTION("it does not") {
        rig.advance(28s);
        CHECK(rig.job(job).state == JobState::running);
        rig.advance(2s);
    }
    CHECK(rig.job(job).state == JobState::queued);
    CHECK(*rig.job(job).error == "timeout");
}

TEST_CASE("work that is completed while it is asked to end for its time is completed") {
    RemoteRig rig;
    auto submission = rig.remote();
    submission.timeout = 10s;
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.advance(11s);
    CHECK(rig.complete(held).has_value());
    CHECK(rig.job(job).state == JobState::completed);
}

TEST_CASE("the deadline of a lane's job is told to the worker that runs it, however far ahead it lay") {
    PoolSettings settings;
    settings.expire = 10min;
    RemoteRig rig(settings);
    auto timeout = GENERATE(0min, 60min);
    auto submission = rig.remote("resize", "p1");
    if (timeout.count() > 0) submission.timeout = timeout;
    submission.expires_at = rig.time.wall() + 40min;
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    for (int i = 0; i < 119; ++i) {
        rig.advance(20s);
        REQUIRE_FALSE(rig.heartbeat(held).value().cancel_requested);
    }
    rig.advance(20s);
    CHECK(rig.heartbeat(held).value().reason == "expired");
    CHECK(refusal(rig.complete(held)) == "stale_run");
    CHECK(rig.job(job).state == JobState::expired);
}

TEST_CASE("a deadline beyond all clocks leaves a lane's job to the worker that runs it") {
    RemoteRig rig;
    auto submission = rig.remote("resize", "p1");
    submission.expires_at = parse_iso(GENERATE("2400-01-01T00:00:00Z", "3000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"));
    auto job = rig.submit(std::move(submission));
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.advance(20s);
    CHECK_FALSE(rig.heartbeat(held).value().cancel_requested);
    CHECK(rig.complete(held).has_value());
    CHECK(rig.job(job).state == JobState::completed);
}

TEST_CASE("a run that takes too long for the pool ends its job as expired, heartbeats or not") {
    PoolSettings settings;
    settings.expire = 30min;
    RemoteRig rig(settings);
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    for (int i = 0; i < 91; ++i) {
        rig.advance(20s);
        rig.heartbeat(held).value();
    }
    CHECK(rig.heartbeat(held).value().reason == "expired");
    rig.advance(20s);
    CHECK(rig.job(job).state == JobState::expired);
    CHECK(*rig.job(job).error == "expired");
    CHECK(rig.told(job).back() == "job:expired");
    CHECK_FALSE(rig.fail(held, RemoteRig::failure("stopped")).value());
    CHECK(refusal(rig.complete(held)) == "stale_run");
}
