// Jobs that belong to no project: many at once, strictly by priority, after what they depend on.
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

PoolSettings one_worker() {
    PoolSettings settings;
    settings.workers_min = 1;
    settings.workers_max = 1;
    return settings;
}

}  // namespace

TEST_CASE("a job of the pool runs on a worker, and its life is told in the pool's words") {
    PoolRig rig;
    auto job = rig.submit({{"name", "a"}, {"ms", 40}, {"progress", 50}});
    CHECK(job.state == JobState::queued);
    CHECK(job.in_pool());
    auto done = rig.finished(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.worker_id == "w-001");
    CHECK(done.result->at("run") == 1);
    CHECK(rig.told(job) == std::vector<std::string>{"job:created", "job:queued", "job:started", "job:progress", "job:completed"});
}

TEST_CASE("the pool runs as many jobs at once as it may have workers, and keeps the fewest when idle") {
    PoolSettings settings;
    settings.workers_min = 2;
    settings.workers_max = 4;
    settings.worker_idle = 60s;
    PoolRig rig(settings);
    CHECK(rig.workers().workers.size() == 2);
    std::vector<Job> jobs;
    for (int i = 0; i < 9; ++i) jobs.push_back(rig.submit({{"name", fmt::format("{}", i)}, {"ms", 1000}}));
    rig.settle();
    CHECK(rig.watch->running_now == 4);
    CHECK(rig.workers().workers.size() == 4);
    for (const auto& job : jobs) CHECK(rig.finished(job).state == JobState::completed);
    CHECK(rig.watch->most_at_once == 4);
    rig.advance(61s);
    CHECK(rig.workers().workers.size() == 2);
}

TEST_CASE("fewer run at once when the pool is held to fewer") {
    PoolSettings settings;
    settings.max_concurrent = 2;
    PoolRig rig(settings);
    std::vector<Job> jobs;
    for (int i = 0; i < 5; ++i) jobs.push_back(rig.submit({{"ms", 100}}));
    for (const auto& job : jobs) CHECK(rig.finished(job).state == JobState::completed);
    CHECK(rig.watch->most_at_once == 2);
}

TEST_CASE("the lower number goes first, and of two equal ones the first that came") {
    PoolRig rig(one_worker());
    auto first = rig.submit({{"name", "first"}, {"ms", 10}});
    std::vector<Job> jobs;
    for (int priority : {10, 5, 0, 5, 1, 10}) {
        auto submission = rig.submission({{"name", fmt::format("{}-{}", priority, jobs.size())}, {"ms", 10}});
        submission.priority = priority;
        jobs.push_back(rig.submit(std::move(submission)));
    }
    for (const auto& job : jobs) rig.finished(job);
    CHECK(rig.watch->starts == std::vector<std::string>{"/first", "/0-2", "/1-4", "/5-1", "/5-3", "/10-0", "/10-5"});
}

TEST_CASE("however long the pool is, a lane's job runs at once: their budgets are apart") {
    PoolRig rig(one_worker());
    for (int i = 0; i < 50; ++i) rig.submit({{"ms", 1000}});
    auto job = rig.enqueue("p1", {{"name", "lane"}, {"ms", 10}});
    rig.advance(20ms);
    CHECK(rig.job(job).state == JobState::completed);
}

TEST_CASE("a dependent starts after the last of those it waits for, once") {
    PoolRig rig;
    auto a = rig.submit({{"name", "a"}, {"ms", 10}});
    auto b = rig.submit({{"name", "b"}, {"ms", 20}}, {a.id()});
    auto c = rig.submit({{"name", "c"}, {"ms", 50}}, {a.id()});
    auto d = rig.submit({{"name", "d"}, {"ms", 10}}, {b.id(), c.id()});
    CHECK(d.state == JobState::pending);
    CHECK(rig.finished(d).state == JobState::completed);
    CHECK(rig.watch->starts == std::vector<std::string>{"/a", "/b", "/c", "/d"});
    CHECK(rig.told(d) == std::vector<std::string>{"job:created", "job:queued", "job:started", "job:completed"});
    auto late = rig.submit({{"name", "late"}, {"ms", 1}}, {a.id()});
    CHECK(late.state == JobState::queued);
    CHECK(rig.finished(late).state == JobState::completed);
}

TEST_CASE("whoever depends on a failure fails with it, and on a cancel is cancelled with it") {
    PoolRig rig;
    auto bad = rig.submit({{"ms", 10}, {"fail", "fatal"}});
    auto after = rig.submit({{"name", "after"}}, {bad.id()});
    auto later = rig.submit({{"name", "later"}}, {after.id()});
    auto ended = rig.finished(later);
    CHECK(ended.state == JobState::failed);
    CHECK(*ended.error == "dependency_failed:" + after.id());
    CHECK(*rig.job(after).error == "dependency_failed:" + bad.id());
    CHECK(rig.told(later) == std::vector<std::string>{"job:created", "job:failed"});

    auto slow = rig.submit({{"ms", 1000}});
    auto waits = rig.submit({{"name", "waits"}}, {slow.id()});
    REQUIRE(rig.cancel(slow).has_value());
    auto canceled = rig.finished(waits);
    CHECK(canceled.state == JobState::canceled);
    CHECK(*canceled.error == "dependency_cancelled:" + slow.id());
    CHECK(rig.watch->starts_of("/after") + rig.watch->starts_of("/later") + rig.watch->starts_of("/waits") == 0);
}

TEST_CASE("jobs of lanes and of the pool wait for each other") {
    PoolRig rig;
    auto first = rig.enqueue("p1", {{"name", "first"}, {"ms", 30}});
    auto second = rig.submit({{"name", "second"}, {"ms", 10}}, {first.id()});
    auto submission = rig.submission({{"name", "third"}}, {second.id()});
    submission.owner = "p1";
    auto third = rig.submit(std::move(submission));
    CHECK(rig.finished(third).state == JobState::completed);
    CHECK(rig.watch->starts == std::vector<std::string>{"p1/first", "/second", "p1/third"});
}

TEST_CASE("a job with a time starts then, also after a restart") {
    PoolRig rig;
    auto submission = rig.submission({{"name", "timed"}});
    submission.scheduled_for = rig.time.wall() + 10min;
    auto job = rig.submit(std::move(submission));
    CHECK(job.state == JobState::pending);
    rig.advance(9min);
    SECTION("in one life") {}
    SECTION("after a restart") { rig.restart(); }
    CHECK(rig.job(job).state == JobState::pending);
    rig.advance(1min + 1s);
    CHECK(rig.job(job).state == JobState::completed);
    CHECK(rig.watch->starts_of("/timed") == 1);
}

TEST_CASE("a time and a dependency are waited for both, whichever comes last") {
    PoolRig rig;
    bool time_last = GENERATE(true, false);
    auto first = rig.submit({{"name", "first"}, {"ms", 60'000}});
    auto submission = rig.submission({{"name", "second"}}, {first.id()});
    submission.scheduled_for = rig.time.wall() + (time_last ? 120s : 30s);
    auto second = rig.submit(std::move(submission));
    rig.advance(59s);
    CHECK(rig.job(second).state == JobState::pending);
    rig.advance(2s);
    CHECK(rig.job(second).state == (time_last ? JobState::pending : JobState::completed));
    rig.advance(60s);
    CHECK(rig.job(second).state == JobState::completed);
}

TEST_CASE("a failed attempt of the pool is tried again after its delay, also after a restart, until its budget is spent") {
    PoolRig rig;
    auto submission = rig.submission({{"name", "flaky"}, {"fail", "retryable"}});
    submission.max_retries = 2;
    auto job = rig.submit(std::move(submission));
    rig.settle();
    auto waits = rig.job(job);
    CHECK(waits.state == JobState::queued);
    CHECK(waits.attempts == 1);
    REQUIRE(waits.next_attempt_at);
    rig.restart();
    CHECK(rig.finished(job).state == JobState::failed);
    CHECK(rig.watch->starts_of("/flaky") == 3);
}

TEST_CASE("a job whose delay is over while every worker is busy, or the pool rests, keeps nobody awake") {
    PoolRig rig(one_worker());
    auto later = rig.submit({{"name", "later"}, {"snoozeMs", 100}});
    auto longer = rig.submit({{"name", "longer"}, {"ms", 1000}});
    rig.advance(500ms);  // never comes to its end while the pool looks again and again
    CHECK(rig.job(later).state == JobState::queued);
    CHECK(rig.job(longer).state == JobState::running);
    CHECK(rig.finished(later).state == JobState::completed);

    auto paused = rig.submit({{"name", "paused"}, {"snoozeMs", 100}});
    rig.settle();
    REQUIRE(rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::pause)).has_value());
    rig.advance(500ms);
    CHECK(rig.job(paused).state == JobState::queued);
    REQUIRE(rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::resume)).has_value());
    CHECK(rig.finished(paused).state == JobState::completed);
}

TEST_CASE("an attempt that runs for too long ends its job as expired; one over its own timeout is tried again") {
    PoolSettings settings;
    settings.expire = 30min;
    PoolRig rig(settings);
    auto endless = rig.submit({{"name", "endless"}, {"ms", 7'200'000}});
    auto submission = rig.submission({{"name", "slow"}, {"ms", 60'000}});
    submission.timeout = 1s;
    submission.max_retries = 1;
    auto slow = rig.submit(std::move(submission));
    auto expired = rig.finished(endless);
    CHECK(expired.state == JobState::expired);
    CHECK(*expired.error == "expired");
    CHECK(rig.told(endless).back() == "job:expired");
    CHECK(*rig.finished(slow).error == "timeout");
    CHECK(rig.watch->starts_of("/slow") == 2);
    CHECK(rig.watch->starts_of("/endless") == 1);
}

TEST_CASE("pending, queued and running jobs of the pool can be cancelled") {
    PoolRig rig(one_worker());
    auto running = rig.submit({{"name", "running"}, {"ms", 5000}});
    auto queued = rig.submit({{"name", "queued"}, {"ms", 10}});
    auto pending = rig.submit({{"name", "pending"}}, {queued.id()});
    rig.settle();
    CHECK(rig.cancel(pending).value().state == JobState::canceled);
    CHECK(rig.cancel(queued).value().state == JobState::canceled);
    REQUIRE(rig.cancel(running).has_value());
    CHECK(rig.finished(running).state == JobState::canceled);
    CHECK(rig.cancel(running).error().code == "already_terminal");
    CHECK(rig.watch->starts == std::vector<std::string>{"/running"});
    CHECK(rig.finished(rig.submit({{"name", "next"}})).state == JobState::completed);
}

TEST_CASE("what a stop or a crash cuts off in the pool runs again after it") {
    PoolRig rig;
    auto job = rig.submit({{"name", "long"}, {"ms", 60'000}});
    auto after = rig.submit({{"name", "after"}}, {job.id()});
    rig.settle();
    SECTION("stopped") {
        rig.wait_for(rig.queue->stop(StopOptions(100ms, 100ms)));
        CHECK(rig.queue->left_over().empty());
        CHECK(rig.job(job).attempts == 0);
    }
    SECTION("killed") {}
    rig.restart();
    CHECK(rig.finished(after).state == JobState::completed);
    CHECK(rig.watch->starts_of("/long") == 2);
}

TEST_CASE("a paused pool starts nothing, and goes on when it is resumed, restarts between or not") {
    PoolRig rig;
    rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::pause)).value();
    auto job = rig.submit({{"name", "waits"}});
    rig.advance(1min);
    rig.restart();
    rig.advance(1min);
    CHECK(rig.job(job).state == JobState::queued);
    CHECK(rig.queue->paused_lanes(10) == std::vector<std::string>{"pool"});
    rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::resume)).value();
    CHECK(rig.finished(job).state == JobState::completed);
}

TEST_CASE("a full disk costs the pool no job") {
    PoolRig rig;
    auto first = rig.submit({{"name", "first"}, {"ms", 1000}});
    auto second = rig.submit({{"name", "second"}}, {first.id()});
    rig.settle();
    rig.store.break_disk(true);
    rig.advance(30s);
    rig.store.break_disk(false);
    CHECK(rig.finished(second).state == JobState::completed);
    CHECK(rig.watch->starts_of("/first") == 1);
}
