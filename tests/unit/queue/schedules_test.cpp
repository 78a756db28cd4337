// Jobs by the clock: each slot is one job, through restarts, clock jumps, full queues and full disks.
#include "base/limits.hpp"
#include "support/catch.hpp"
#include "support/schedule_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST_CASE("a schedule makes one job at each of its slots, by its template") {
    ScheduleRig rig;
    auto id = rig.create("*/20 * * * *", {{"name", "tick"}});
    auto fresh = rig.view(id);
    CHECK(fresh.next_run_at == rig.time.wall() + 20min);
    CHECK_FALSE(fresh.schedule.last_run_at);
    rig.advance(19min);
    CHECK(rig.jobs_of(id).empty());
    rig.advance(42min);
    CHECK(rig.slots_of(id) == Texts{"00:20", "00:40", "01:00"});
    CHECK(rig.watch->starts == Texts{"/tick", "/tick", "/tick"});
    auto job = rig.jobs_of(id).back();
    CHECK(job.dedupe_key == "schedule:" + id + ":2026-01-01T01:00:00.000Z");
    CHECK(job.created_at == from_ms(to_ms(fresh.schedule.created_at)) + 60min);
    auto view = rig.view(id);
    CHECK(view.schedule.last_job_id == job.id());
    CHECK(view.schedule.last_slot == job.created_at);
    CHECK(view.schedule.last_run_at == job.created_at);
    CHECK(view.next_run_at == job.created_at + 20min);
    CHECK_FALSE(view.trouble);
}

TEST_CASE("a slot of a lane's schedule is a job of that lane") {
    ScheduleRig rig;
    auto wanted = rig.spec("@hourly", {{"name", "lane"}});
    wanted.job["projectId"] = "p1";
    auto id = rig.create(wanted);
    rig.advance(61min);
    REQUIRE(rig.jobs_of(id).size() == 1);
    CHECK(rig.jobs_of(id)[0].owner == "p1");
    CHECK(rig.watch->starts == Texts{"p1/lane"});
}

TEST_CASE("a schedule whose jobs would wait for a job that there is not is refused, when it is made and when it is changed") {
    ScheduleRig rig;
    auto wanted = rig.spec("@hourly", {{"name", "after"}});
    wanted.job["dependencies"] = json::array{"job_0000000000001"};
    auto made = rig.try_create(wanted);
    REQUIRE_FALSE(made.has_value());
    CHECK(made.error().code == "unknown_dependency");
    CHECK(made.error().details.at("ids") == json::array{"job_0000000000001"});
    auto id = rig.create("@hourly", {{"name", "alone"}});
    ScheduleChange change;
    change.job = wanted.job;
    CHECK(rig.wait_for(rig.schedules->change(id, change)).error().code == "unknown_dependency");
    CHECK_FALSE(rig.view(id).schedule.job.contains("dependencies"));
}

TEST_CASE("what is wrong with a schedule is refused at the door, and nothing is stored") {
    ScheduleRig rig;
    auto refused = [&](ScheduleSpec wanted) {
        auto made = rig.try_create(std::move(wanted));
        REQUIRE_FALSE(made.has_value());
        CHECK(made.error().code == "invalid_request");
        REQUIRE(made.error().issues.size() == 1);
        return json::serialize(made.error().issues[0].path);
    };
    CHECK(refused(rig.spec("61 * * * *")) == R"(["cron"])");
    CHECK(refused(rig.spec("0 0 31 2 *")) == R"(["cron"])");
    auto zone = rig.spec("@daily");
    zone.timezone = "Europe/Atlantis";
    CHECK(refused(zone) == R"(["timezone"])");
    auto type = rig.spec("@daily");
    type.job["type"] = "unheard of";
    CHECK(refused(type) == R"(["job","type"])");
    CHECK(rig.wait_for(rig.schedules->list("", 10)).total == 0);
    CHECK(rig.store.commits == 0);
}

TEST_CASE("restarted, a schedule goes on where it was") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    rig.advance(25min);
    rig.live_again();
    CHECK(rig.view(id).next_run_at == rig.time.wall() + 5min);
    rig.advance(10min);
    CHECK(rig.slots_of(id) == Texts{"00:10", "00:20", "00:30"});
    rig.live_again();
    rig.live_again(2min);
    CHECK(rig.slots_of(id) == Texts{"00:10", "00:20", "00:30"});
}

TEST_CASE("slots that went by while nobody ran are made up for once, or not at all") {
    for (auto missed : {Missed::once, Missed::none}) {
        ScheduleRig rig;
        auto wanted = rig.spec("*/10 * * * *");
        wanted.missed = missed;
        auto id = rig.create(wanted);
        rig.advance(11min);
        rig.live_again(45min);
        rig.advance(1s);
        if (missed == Missed::once) CHECK(rig.slots_of(id) == Texts{"00:10", "00:50"});
        else CHECK(rig.slots_of(id) == Texts{"00:10"});
        rig.advance(5min);
        CHECK(rig.slots_of(id).back() == "01:00");
    }
}

TEST_CASE("a restart that takes less than a minute misses nothing") {
    ScheduleRig rig;
    auto wanted = rig.spec("*/10 * * * *");
    wanted.missed = Missed::none;
    auto id = rig.create(wanted);
    rig.advance(9min + 30s);
    rig.live_again(50s);
    rig.advance(1s);
    CHECK(rig.slots_of(id) == Texts{"00:10"});
}

TEST_CASE("a clock that leaps forward is noticed within a minute, and what it leapt over is missed") {
    for (auto missed : {Missed::once, Missed::none}) {
        ScheduleRig rig;
        auto wanted = rig.spec("@hourly");
        wanted.missed = missed;
        auto id = rig.create(wanted);
        rig.advance(10min);
        rig.time.step_wall(3h);
        rig.advance(1min);
        CHECK(rig.slots_of(id) == (missed == Missed::once ? Texts{"03:00"} : Texts{}));
        rig.advance(50min);
        CHECK(rig.slots_of(id) == (missed == Missed::once ? Texts{"03:00", "04:00"} : Texts{"04:00"}));
    }
}

TEST_CASE("a clock that is set back brings no slot twice, also when the daemon is restarted then") {
    ScheduleRig rig;
    auto id = rig.create("@hourly");
    rig.advance(2h + 10min);
    rig.time.step_wall(-90min);
    SECTION("in one life") {}
    SECTION("after a restart") { rig.live_again(); }
    rig.advance(1min);
    CHECK(rig.view(id).next_run_at == from_ms(1'767'225'600'000) + 3h);
    rig.advance(100min);
    CHECK(rig.slots_of(id) == Texts{"01:00", "02:00"});
    rig.advance(60min);
    CHECK(rig.slots_of(id) == Texts{"01:00", "02:00", "03:00"});
}

TEST_CASE("a clock that goes astray by a year and comes back does not still the schedule") {
    ScheduleRig rig;
    auto id = rig.create("@hourly");
    rig.advance(61min);
    rig.time.step_wall(24h * 365);
    rig.advance(2h);
    rig.time.step_wall(-24h * 365);
    rig.advance(2h);
    CHECK(rig.slots_of(id) == Texts{"01:00", "01:00", "02:00", "03:00", "04:00", "05:00"});
}

TEST_CASE("while the job of the slot before is open a slot is skipped, unless it is to queue") {
    for (auto overlap : {Overlap::skip, Overlap::queue}) {
        ScheduleRig rig;
        auto wanted = rig.spec("*/10 * * * *", {{"ms", 25 * 60'000}});
        wanted.overlap = overlap;
        auto id = rig.create(wanted);
        rig.advance(41min);
        if (overlap == Overlap::skip) {
            CHECK(rig.slots_of(id) == Texts{"00:10", "00:40"});
            CHECK(rig.view(id).schedule.last_skipped_at == from_ms(1'767'225'600'000) + 30min);
            rig.live_again();
            rig.advance(10min);
            CHECK(rig.view(id).schedule.last_skipped_at == from_ms(1'767'225'600'000) + 50min);
        } else {
            CHECK(rig.slots_of(id) == Texts{"00:10", "00:20", "00:30", "00:40"});
            CHECK_FALSE(rig.view(id).schedule.last_skipped_at);
        }
    }
}

TEST_CASE("a job made by hand stands beside the slots") {
    ScheduleRig rig;
    auto id = rig.create("@hourly", {{"ms", 2 * 3600'000}});
    rig.advance(10min);
    auto first = rig.wait_for(rig.schedules->run_now(id)).value();
    auto second = rig.wait_for(rig.schedules->run_now(id)).value();
    CHECK(first.id() != second.id());
    CHECK(first.dedupe_key->starts_with("schedule:" + id + ":manual:"));
    CHECK(rig.view(id).schedule.last_job_id == second.id());
    CHECK_FALSE(rig.view(id).schedule.last_slot);
    rig.advance(51min);
    CHECK(rig.jobs_of(id).size() == 3);
    CHECK(rig.view(id).schedule.last_slot == from_ms(1'767'225'600'000) + 1h);
}

TEST_CASE("a schedule that is switched off has no slots, and counts from now when it is switched on") {
    ScheduleRig rig;
    auto id = rig.create("*/10 * * * *");
    ScheduleChange change;
    change.enabled = false;
    CHECK_FALSE(rig.change(id, change).value().next_run_at);
    rig.advance(35min);
    CHECK(rig.jobs_of(id).empty());
    rig.live_again(20min);
    CHECK(rig.jobs_of(id).empty());
    CHECK(rig.wait_for(rig.schedules->run_now(id)).has_value());
    change.enabled = true;
    CHECK(rig.change(id, change).value().next_run_at == from_ms(1'767'225'600'000) + 60min);
    rig.advance(6min);
    CHECK(rig.jobs_of(id).size() == 2);
    CHECK(rig.slots_of(id).back() == "01:00");
}

TEST_CASE("a changed expression or zone counts from now; other changes move nothing") {
    ScheduleRig rig;
    auto id = rig.create("@hourly");
    rig.advance(90min);
    ScheduleChange change;
    change.name = "other";
    change.job = json::object{{"type", "work"}, {"payload", {{"name", "new"}}}};
    auto renamed = rig.change(id, change).value();
    CHECK(renamed.schedule.name == "other");
    CHECK(renamed.next_run_at == from_ms(1'767'225'600'000) + 2h);
    ScheduleChange zone;
    zone.cron = "0 4 * * *";
    zone.timezone = "Europe/Berlin";
    CHECK(rig.change(id, zone).value().next_run_at == from_ms(1'767'225'600'000) + 3h);
    rig.advance(100min);
    CHECK(rig.slots_of(id) == Texts{"01:00", "03:00"});
    CHECK(rig.watch->starts == Texts{"/", "/new"});
    ScheduleChange bad;
    bad.cron = "0 0 30 2 *";
    CHECK(rig.change(id, bad).error().issues.at(0).path == json::array{"cron"});
    CHECK(rig.view(id).schedule.cron == "0 4 * * *");
}

TEST_CASE("a removed schedule is gone, and its jobs stay") {
    ScheduleRig rig;
    auto id = rig.create("@hourly", {{"ms", 1800'000}});
    rig.advance(61min);
    CHECK(rig.wait_for(rig.schedules->remove(id)).has_value());
    CHECK(rig.wait_for(rig.schedules->get(id)).error().code == "not_found");
    CHECK(rig.wait_for(rig.schedules->run_now(id)).error().code == "not_found");
    CHECK(rig.wait_for(rig.schedules->remove(id)).error().details.at("scheduleId").as_string() == id);
    rig.advance(3h);
    rig.live_again(1h);
    REQUIRE(rig.jobs_of(id).size() == 1);
    CHECK(rig.jobs_of(id)[0].state == JobState::completed);
}

TEST_CASE("schedules are listed in the order of their creation, page by page") {
    ScheduleRig rig;
    Texts ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(rig.create("@daily"));
        rig.advance(1s);
    }
    Texts seen;
    std::string after;
    for (int pages = 0; pages < 3; ++pages) {
        auto page = rig.wait_for(rig.schedules->list(after, 2));
        CHECK(page.total == 5);
        for (const auto& one : page.schedules) seen.push_back(one.schedule.id);
        CHECK(page.next.has_value() == (pages < 2));
        after = page.next.value_or("");
    }
    CHECK(seen == ids);
}
