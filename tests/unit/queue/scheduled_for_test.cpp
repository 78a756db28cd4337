// `scheduledFor`: a job with a time starts then and once, through restarts and clocks that jump.
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

Job timed(QueueRig& rig, Millis in, std::vector<std::string> dependencies = {}, std::string owner = "") {
    auto submission = rig.submission({{"name", "timed"}}, std::move(dependencies));
    submission.owner = std::move(owner);
    submission.scheduled_for = rig.time.wall() + in;
    return rig.submit(std::move(submission));
}

}  // namespace

TEST_CASE("a time that has come before the job does holds up nothing") {
    PoolRig rig;
    auto job = timed(rig, -1h);
    CHECK(job.state == JobState::queued);
    CHECK(rig.finished(job).state == JobState::completed);
}

TEST_CASE("a clock that leaps over a job's time starts it within a minute, once") {
    PoolRig rig;
    auto owner = GENERATE(std::string(), std::string("p1"));
    auto job = timed(rig, 2h, {}, owner);
    rig.advance(5min);
    CHECK(rig.job(job).state == JobState::pending);
    rig.time.step_wall(3h);
    rig.advance(61s);
    CHECK(rig.job(job).state == JobState::completed);
    rig.time.step_wall(-3h);
    rig.advance(5h);
    CHECK(rig.watch->starts_of(owner + "/timed") == 1);
}

TEST_CASE("a clock that is set back puts a job off to its time, also after a restart") {
    PoolRig rig;
    auto job = timed(rig, 10min);
    rig.advance(5min);
    rig.time.step_wall(-1h);
    if (GENERATE(true, false)) rig.restart();
    rig.advance(64min);
    CHECK(rig.job(job).state == JobState::pending);
    rig.advance(2min);
    CHECK(rig.job(job).state == JobState::completed);
    CHECK(rig.watch->starts_of("/timed") == 1);
}

TEST_CASE("a time that came while nobody ran is made up for at the start") {
    PoolRig rig;
    auto job = timed(rig, 10min);
    rig.advance(5min);
    rig.time.step_wall(1h);
    rig.restart();
    rig.advance(1s);
    CHECK(rig.job(job).state == JobState::completed);
}

TEST_CASE("a job whose time came while it waited for others is not forgotten when the clock is set back before they end") {
    PoolRig rig;
    auto back = GENERATE(Millis(30s), Millis(2h));
    auto first = rig.submit({{"name", "first"}, {"ms", 15 * 60'000}});
    auto job = timed(rig, 10min, {first.id()});
    rig.advance(14min + 50s);
    rig.time.step_wall(-back - 4min - 45s);
    CHECK(rig.finished(first).state == JobState::completed);
    CHECK(rig.job(job).state == JobState::pending);
    rig.advance(back + 6min + 15min);
    CHECK(rig.job(job).state == JobState::completed);
    CHECK(rig.watch->starts_of("/timed") == 1);
}

TEST_CASE("a time in a far future waits without a stir") {
    PoolRig rig;
    auto submission = rig.submission({{"name", "far"}});
    submission.scheduled_for = parse_iso("9999-12-31T23:59:59Z");
    auto job = rig.submit(std::move(submission));
    int looks = 0;
    for (auto end = rig.time.mono() + 10min; rig.time.next() && *rig.time.next() < end && looks < 1000; ++looks)
        rig.time.advance_to_next(*rig.context);
    CHECK(looks <= 11);
    CHECK(rig.job(job).state == JobState::pending);
    auto near = timed(rig, 1h);
    rig.advance(61min);
    CHECK(rig.job(near).state == JobState::completed);
}

TEST_CASE("on a full disk a job's time is kept until its start can be written") {
    PoolRig rig;
    auto job = timed(rig, 10min);
    rig.advance(9min);
    rig.store.break_disk(true);
    rig.advance(5min);
    CHECK(rig.job(job).state == JobState::pending);
    rig.store.break_disk(false);
    rig.advance(5s);
    CHECK(rig.job(job).state == JobState::completed);
    CHECK(rig.watch->starts_of("/timed") == 1);
}

TEST_CASE("hundreds of jobs of one moment are freed, each once, also when the disk was full at that moment") {
    PoolRig rig;
    std::vector<Job> jobs;
    for (int i = 0; i < 450; ++i) jobs.push_back(timed(rig, 10min));
    bool full = GENERATE(false, true);
    rig.advance(9min);
    rig.store.break_disk(full);
    rig.advance(2min);
    CHECK((rig.job(jobs.back()).state == JobState::pending) == full);
    rig.store.break_disk(false);
    rig.advance(1min);
    for (const auto& job : jobs) REQUIRE(rig.job(job).state == JobState::completed);
    CHECK(rig.watch->starts_of("/timed") == 450);
}
