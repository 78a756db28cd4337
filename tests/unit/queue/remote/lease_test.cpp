// What becomes of a job in the hand of a worker: by what the worker says, and by its silence.
#include "support/catch.hpp"
#include "support/remote_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

PoolSettings retries(int count) {
    PoolSettings settings;
    settings.retry_limit = count;
    return settings;
}

}  // namespace

TEST_CASE("a lease that runs out gives the job back, the attempt counted, until its attempts are spent") {
    RemoteRig rig(retries(1));
    auto job = rig.submit_remote();
    auto first = rig.claim("crane");
    rig.advance(29s);
    CHECK(rig.job(job).state == JobState::running);
    rig.advance(1s);
    auto lost = rig.job(job);
    CHECK(lost.state == JobState::queued);
    CHECK(*lost.error == "worker_lost");
    CHECK(lost.attempts == 1);
    CHECK(rig.queue->claims().counts().expired == 1);
    CHECK(rig.queue->claims().counts().leases == 0);
    CHECK_FALSE(rig.claim("crane"));  // its backoff
    rig.advance(1s);
    auto second = rig.claim("barge");
    REQUIRE(second);
    CHECK(second->job.run == 2);
    rig.advance(30s);
    CHECK(rig.job(job).state == JobState::failed);
    CHECK(*rig.job(job).error == "worker_lost");
    CHECK(rig.told(job) == std::vector<std::string>{"job:created", "job:queued", "job:started", "job:failed", "job:queued",
                                                    "job:started", "job:failed"});
}

TEST_CASE("heartbeats extend a lease by what was asked for") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto request = RemoteRig::asking("crane");
    request.lease = 5s;
    auto claimed = rig.try_claim(std::move(request)).value();
    auto held = RemoteRig::held(*claimed, "crane");
    for (int i = 0; i < 5; ++i) {
        rig.advance(4s);
        auto lease = rig.heartbeat(held).value();
        CHECK(lease.expires_at == rig.time.wall() + 5s);
        CHECK_FALSE(lease.cancel_requested);
    }
    CHECK(rig.job(job).state == JobState::running);
    rig.advance(5s);
    CHECK(rig.job(job).state == JobState::queued);
    CHECK(refusal(rig.heartbeat(held)) == "stale_run");
}

TEST_CASE("a retry waits for a claim that waits for it") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto claimed = rig.claim("crane");
    auto waiting = rig.claim_later(RemoteRig::asking("barge", 60s));
    CHECK(rig.fail(RemoteRig::held(*claimed, "crane"), RemoteRig::failure("broken: a rope")).value());
    rig.advance(900ms);
    CHECK_FALSE(waiting->has_value());
    rig.advance(100ms);
    REQUIRE(waiting->has_value());
    CHECK((**waiting)->value().job.run == 2);
}

TEST_CASE("the same completion again is answered the same, also after a restart, and changes nothing") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    REQUIRE(rig.complete(held).has_value());
    CHECK(rig.complete(held).has_value());
    CHECK(refusal(rig.complete(held, {{"output", "other"}})) == "stale_run");
    rig.restart();
    CHECK(rig.complete(held).has_value());
    CHECK(refusal(rig.complete(held, {{"output", "third"}})) == "stale_run");
    CHECK(rig.job(job).result->at("output") == 42);
    CHECK(refusal(rig.complete(HeldRun(job.id(), "barge", 1))) == "stale_run");
    CHECK(refusal(rig.fail(held, RemoteRig::failure("late"))) == "stale_run");
    CHECK(refusal(rig.complete(HeldRun("job_0000000000001", "crane", 1))) == "not_found");
}

TEST_CASE("of two completions at once one is written, and who said another result is told") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto one = rig.later(rig.queue->claims().complete(held, CompletedRun({{"output", 1}})));
    auto two = rig.later(rig.queue->claims().complete(held, CompletedRun({{"output", 2}})));
    rig.settle();
    CHECK((*one)->has_value());
    CHECK(refusal(**two) == "stale_run");
    CHECK(rig.job(job).result->at("output") == 1);
}

TEST_CASE("a late completion is refused and changes nothing: before the next run, during it and after it") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto late = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.advance(31s);
    CHECK(refusal(rig.complete(late)) == "stale_run");
    auto held = RemoteRig::held(*rig.claim("barge"), "barge");
    auto refused = rig.complete(late);
    CHECK(refusal(refused) == "stale_run");
    CHECK(refused.error().details.at("jobStatus") == "running");
    CHECK(refusal(rig.fail(late, RemoteRig::failure("late"))) == "stale_run");
    CHECK(refusal(rig.heartbeat(late)) == "stale_run");
    CHECK(refusal(rig.wait_for(rig.queue->claims().progress(late, 1))) == "stale_run");
    CHECK(rig.job(job).state == JobState::running);
    REQUIRE(rig.complete(held, {{"output", "barge"}}).has_value());
    CHECK(refusal(rig.complete(late)) == "stale_run");
    CHECK(rig.job(job).result->at("output") == "barge");
}

TEST_CASE("of two workers with one name each has its own runs") {
    RemoteRig rig;
    auto a = rig.submit_remote(), b = rig.submit_remote();
    auto first = RemoteRig::held(*rig.claim("twin"), "twin");
    rig.advance(20s);
    auto second = RemoteRig::held(*rig.claim("twin"), "twin");
    rig.advance(10s);  // the first one's lease
    CHECK(rig.job(a).state == JobState::queued);
    CHECK(rig.job(b).state == JobState::running);
    rig.advance(1s);
    auto again = RemoteRig::held(*rig.claim("twin"), "twin");
    CHECK(again.job_id == first.job_id);
    CHECK(again.run == 2);
    CHECK(refusal(rig.complete(first)) == "stale_run");
    CHECK(rig.job(a).state == JobState::running);
    CHECK(rig.complete(again).has_value());
    CHECK(rig.complete(second).has_value());
}

TEST_CASE("a failure is tried again where it may be, and the same call again is answered the same") {
    RemoteRig rig(retries(1));
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    CHECK(rig.fail(held, RemoteRig::failure("broken: a rope")).value());
    CHECK(rig.fail(held, RemoteRig::failure("broken: a rope")).value());
    CHECK(*rig.job(job).error == "broken: a rope");
    rig.advance(1s);
    auto again = RemoteRig::held(*rig.claim("crane"), "crane");
    CHECK(refusal(rig.fail(held, RemoteRig::failure("broken: a rope"))) == "stale_run");
    CHECK_FALSE(rig.fail(again, RemoteRig::failure("broken: a rope")).value());
    CHECK_FALSE(rig.fail(again, RemoteRig::failure("broken: a rope")).value());
    CHECK(rig.job(job).state == JobState::failed);
}

TEST_CASE("a failure that is not to be retried ends the job") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    CHECK_FALSE(rig.fail(held, RemoteRig::failure("no_such_picture", false)).value());
    CHECK(rig.job(job).state == JobState::failed);
    CHECK(rig.job(job).attempts == 1);
}

TEST_CASE("a worker that says not now gives the attempt back") {
    RemoteRig rig(retries(0));
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    auto later = RemoteRig::failure("tide");
    later.snooze_until = rig.time.wall() + 10min;
    CHECK(rig.fail(held, later).value());
    CHECK(rig.fail(held, later).value());
    CHECK(rig.job(job).attempts == 0);
    CHECK(*rig.job(job).error == "snoozed: tide");
    CHECK_FALSE(rig.claim("crane"));
    rig.advance(10min);
    CHECK(rig.claim("crane")->job.attempts == 1);
}

TEST_CASE("a worker that says not now, until a time that has passed, has its job tried again at once") {
    RemoteRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto past = GENERATE(as<std::int64_t>(), -11'644'473'600'000, 0, 1'700'000'000'000);  // 1601, 1970, 2023
    auto job = rig.submit_remote("resize", owner);
    auto earlier = RemoteRig::failure("clockless");
    earlier.snooze_until = from_ms(past);
    CHECK(rig.fail(RemoteRig::held(*rig.claim("crane"), "crane"), earlier).value());
    CHECK(rig.job(job).next_attempt_at == rig.time.wall());
    CHECK(rig.claim("crane")->job.key == job.key);
}

TEST_CASE("a store that cannot commit leaves the lease as it is, and an end that could not be written is written later") {
    RemoteRig rig;
    auto job = rig.submit_remote();
    auto held = RemoteRig::held(*rig.claim("crane"), "crane");
    rig.store.break_disk(true);
    CHECK_THROWS_AS(rig.complete(held), StorageUnavailable);
    CHECK(rig.heartbeat(held).has_value());
    SECTION("the worker tries again") {
        rig.store.break_disk(false);
        CHECK(rig.complete(held).has_value());
        CHECK(rig.job(job).state == JobState::completed);
    }
    SECTION("the lease runs out meanwhile") {
        rig.advance(60s);
        CHECK(rig.job(job).state == JobState::running);
        rig.store.break_disk(false);
        rig.advance(2s);
        CHECK(rig.job(job).state == JobState::queued);
        CHECK(rig.queue->claims().counts().expired == 1);
    }
}
