// Slots that cannot have their job yet, and commits whose answer was lost.
#include "base/limits.hpp"
#include "queue/schedules/schedule_record.hpp"
#include "support/catch.hpp"
#include "support/run_task.hpp"
#include "support/schedule_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST_CASE("on a full disk a slot waits, however long, until the disk is back or the next slot takes its place") {
    ScheduleRig rig;
    auto wanted = rig.spec("*/10 * * * *");
    wanted.missed = Missed::none;
    auto id = rig.create(wanted);
    rig.advance(9min);
    rig.store.break_disk(true);
    SECTION("back before the next") {
        rig.advance(6min);
        auto view = rig.view(id);
        REQUIRE(view.trouble);
        CHECK(view.trouble->code == "storage_unavailable");
        CHECK(view.next_run_at == from_ms(1'767'225'600'000) + 10min);
        rig.store.break_disk(false);
        rig.advance(61s);
        CHECK(rig.slots_of(id) == Texts{"00:10"});
        CHECK_FALSE(rig.view(id).trouble);
    }
    SECTION("back after it") {
        rig.advance(13min);
        rig.store.break_disk(false);
        rig.advance(61s);
        CHECK(rig.slots_of(id) == Texts{"00:20"});
    }
    rig.advance(10min);
    CHECK(rig.jobs_of(id).size() == 2);
}

TEST_CASE("a full disk is not tried more than once a second, however many schedules wait for it") {
    ScheduleRig rig;
    for (int i = 0; i < 50; ++i) rig.create("*/10 * * * *");
    rig.advance(9min + 59s);
    rig.store.break_disk(true);
    rig.advance(1s);
    auto failures = rig.store.failures;
    rig.advance(10s);
    CHECK(rig.store.failures - failures <= 11);
    rig.store.break_disk(false);
    rig.advance(65s);
    CHECK(rig.watch->starts.size() == 50);
}

TEST_CASE("while the queue is full a slot waits, and is tried again ever more rarely") {
    PoolSettings small;
    small.queue_max = 1;
    small.workers_min = small.workers_max = 1;
    ScheduleRig rig(small);
    auto filler = rig.submit({{"ms", 300'000}});
    auto id = rig.create("* * * * *");
    rig.advance(60s);
    auto tried = rig.store.commits;
    rig.advance(58s);
    CHECK(rig.view(id).trouble->code == "queue_full");
    CHECK(rig.store.commits - tried <= 6);
    CHECK(rig.jobs_of(id).empty());
    rig.advance(185s);
    CHECK(rig.job(filler).state == JobState::completed);
    CHECK(rig.slots_of(id) == Texts{"00:05"});
}

TEST_CASE("while the pool is drained a slot waits") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::drain)).value();
    rig.advance(12min);
    CHECK(rig.view(id).trouble->code == "lane_draining");
    rig.wait_for(rig.queue->command_lane("pool", Queue::LaneCommand::resume)).value();
    rig.advance(61s);
    CHECK(rig.slots_of(id) == Texts{"00:10"});
}

TEST_CASE("a commit whose answer is lost makes no second job, in this life or the next") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    int lost = 0;
    rig.store.before_commit = [&](const Mutation& mutation) {
        bool of_slot = !mutation.inserts.empty() && mutation.inserts[0].job.dedupe_key;
        if (!of_slot || lost > 0) return;
        ++lost;
        run_task(rig.memory.commit(mutation)).value();
        throw StorageUnavailable("no answer");
    };
    rig.advance(10min);
    CHECK(lost == 1);
    SECTION("the daemon goes on") {}
    SECTION("it is killed before it learns of it") { rig.live_again(1s); }
    rig.advance(2min);
    CHECK(rig.slots_of(id) == Texts{"00:10"});
    CHECK(rig.view(id).schedule.last_slot == from_ms(1'767'225'600'000) + 10min);
    CHECK(rig.view(id).schedule.last_job_id == rig.jobs_of(id)[0].id());
    rig.live_again();
    rig.advance(10min);
    CHECK(rig.slots_of(id) == Texts{"00:10", "00:20"});
}

TEST_CASE("a change that was made elsewhere is not overwritten") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    auto theirs = rig.view(id).schedule;
    ++theirs.revision;
    theirs.name = "theirs";
    theirs.cron = "*/30 * * * *";
    Effects effects;
    effects.puts.push_back(next_record(theirs));
    rig.wait_for(rig.ledger->commit(rig.time.wall(), std::move(effects))).value();
    ScheduleChange change;
    change.name = "ours";
    CHECK(rig.change(id, change).error().code == "conflict");
    CHECK(rig.view(id).schedule.name == "theirs");
    CHECK(rig.change(id, change).value().schedule.name == "ours");
    rig.advance(31min);
    CHECK(rig.slots_of(id) == Texts{"00:30"});
}

TEST_CASE("a job that a client gave a slot's own key stands for it, and the schedule names it") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    auto submission = rig.submission({{"ms", 3600'000}});
    submission.dedupe_key = slot_key(rig.view(id).schedule, from_ms(1'767'225'600'000) + 10min);
    auto job = rig.submit(std::move(submission));
    rig.advance(11min);
    CHECK(rig.jobs_of(id).size() == 1);
    CHECK(rig.view(id).schedule.last_job_id == job.id());
    rig.live_again();
    CHECK(rig.view(id).schedule.last_job_id == job.id());
}

TEST_CASE("a schedule whose creation cannot be written is not there") {
    ScheduleRig rig;
    rig.store.fail_commits(0);
    CHECK_THROWS_AS(rig.create("@hourly"), StorageUnavailable);
    CHECK(rig.wait_for(rig.schedules->list("", 10)).total == 0);
}

TEST_CASE("what cannot be read any more stands still, says why, and can be mended") {
    ScheduleRig rig;
    auto id = rig.create("@hourly");
    auto broken = rig.view(id).schedule;
    broken.timezone = "Europe/Atlantis";
    ++broken.revision;
    Effects effects;
    effects.puts.push_back(next_record(broken));
    rig.wait_for(rig.ledger->commit(rig.time.wall(), std::move(effects))).value();
    rig.live_again();
    rig.advance(2h);
    CHECK(rig.jobs_of(id).empty());
    CHECK_FALSE(rig.view(id).next_run_at);
    CHECK(rig.view(id).trouble->code == "invalid_request");
    ScheduleChange change;
    change.timezone = "UTC";
    CHECK_FALSE(rig.change(id, change).value().trouble);
    rig.advance(1h);
    CHECK(rig.jobs_of(id).size() == 1);
}

TEST_CASE("where the queue is switched off schedules are there and make nothing") {
    ScheduleRig rig;
    auto id = rig.create("@hourly");
    rig.kill();
    rig.restart();
    rig.begin(false);
    rig.advance(3h);
    CHECK(rig.view(id).schedule.name == "reports");
    CHECK(rig.jobs_of(id).empty());
}

TEST_CASE("stopped, it serves no slot and nothing of it is left") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    rig.advance(11min);
    rig.wait_for(rig.schedules->stop());
    rig.wait_for(rig.schedules->stop());
    rig.advance(30min);
    CHECK(rig.slots_of(id) == Texts{"00:10"});
}

TEST_CASE("there may be so many schedules and no more") {
    ScheduleRig rig;
    auto wanted = rig.spec("@yearly");
    auto first = rig.view(rig.create(wanted)).schedule;
    Effects others;
    for (std::size_t i = 1; i < limits::schedules; ++i) {
        first.id = "sch_" + std::to_string(i);
        others.puts.push_back(new_record(first));
    }
    REQUIRE(rig.wait_for(rig.ledger->commit(rig.time.wall(), std::move(others))).has_value());
    rig.live_again();
    auto refused = rig.try_create(wanted);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == "too_many_schedules");
    CHECK(refused.error().details.at("limit") == limits::schedules);
    rig.live_again();
    CHECK(rig.wait_for(rig.schedules->list("", 10)).total == limits::schedules);
}
