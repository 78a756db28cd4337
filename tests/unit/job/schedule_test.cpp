// What a look at the clock makes of a schedule.
#include "job/schedule.hpp"

#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

WallTime today(std::string_view text) { return *parse_iso("2026-05-05T" + std::string(text) + "Z"); }

/// One that has a slot each hour.
struct Hourly {
    Schedule schedule;
    SlotRule rule{parse_cron("@hourly").value(), find_zone("UTC").value()};

    explicit Hourly(Missed missed = Missed::once) {
        schedule.id = "sch_1";
        schedule.missed = missed;
        schedule.passed = today("09:30:00");
    }
    SlotLook look(std::string_view now, std::optional<WallTime> waiting = {}) const {
        return look_for_slot(schedule, rule, today(now), today(now), waiting);
    }
    /// As a schedule goes on: looks, and serves what is due.
    std::optional<WallTime> serve(std::string_view now) {
        auto seen = look(now);
        schedule.passed = seen.passed;
        if (seen.due) settle_slot(schedule, rule, *seen.due);
        return seen.due;
    }
};

}  // namespace

TEST_CASE("before its slot nothing is due, at it and a little later it is") {
    Hourly hourly(Missed::none);
    CHECK_FALSE(hourly.look("09:59:59").due);
    CHECK(hourly.look("09:59:59").next == today("10:00:00"));
    CHECK(hourly.look("10:00:00").due == today("10:00:00"));
    CHECK(hourly.look("10:00:59").due == today("10:00:00"));
    CHECK(hourly.look("10:00:59").next == today("11:00:00"));
}

TEST_CASE("a missed slot is made up for once, or not at all, as the schedule says") {
    for (auto missed : {Missed::once, Missed::none}) {
        Hourly hourly(missed);
        auto seen = hourly.look("15:20:00");
        CHECK(seen.due == (missed == Missed::once ? std::optional(today("15:00:00")) : std::nullopt));
        CHECK(seen.next == today("16:00:00"));
        if (missed == Missed::none) CHECK(seen.passed == today("15:00:00"));
        CHECK(hourly.look("16:00:10").due == today("16:00:00"));
    }
}

TEST_CASE("a slot that was due in time and waits is never too late, until the next one replaces it") {
    Hourly hourly(Missed::none);
    CHECK(hourly.look("10:45:00", today("10:00:00")).due == today("10:00:00"));
    CHECK(hourly.look("11:00:00", today("10:00:00")).due == today("11:00:00"));
    CHECK_FALSE(hourly.look("11:30:00", today("10:00:00")).due);
}

TEST_CASE("a clock that is set back brings no slot again that had its turn") {
    Hourly hourly;
    CHECK(hourly.serve("10:00:00") == today("10:00:00"));
    CHECK(hourly.serve("11:00:05") == today("11:00:00"));
    CHECK_FALSE(hourly.serve("09:59:00"));
    CHECK(hourly.look("09:59:00").next == today("12:00:00"));
    CHECK_FALSE(hourly.serve("10:00:00"));
    CHECK_FALSE(hourly.serve("11:30:00"));
    CHECK(hourly.serve("12:00:00") == today("12:00:00"));
}

TEST_CASE("a slot between the moment at which the clock was set back and the look that notices it is due") {
    Hourly hourly(Missed::none);
    CHECK_FALSE(hourly.serve("12:30:00"));
    auto noticed = look_for_slot(hourly.schedule, hourly.rule, today("11:00:20"), today("10:59:30"), {});
    CHECK(noticed.due == today("11:00:00"));
    CHECK(noticed.passed == today("10:59:30"));
    CHECK_FALSE(look_for_slot(hourly.schedule, hourly.rule, today("11:00:20"), today("11:00:10"), {}).due);
}

TEST_CASE("a clock that went astray far ahead and came back leaves those free that it leapt over") {
    Hourly hourly;
    CHECK(hourly.serve("10:00:00") == today("10:00:00"));
    CHECK(hourly.serve("20:10:00") == today("20:00:00"));
    CHECK_FALSE(hourly.serve("10:30:00"));
    CHECK(hourly.look("10:30:00").next == today("11:00:00"));
    CHECK(hourly.serve("11:00:00") == today("11:00:00"));
    CHECK(hourly.serve("12:00:00") == today("12:00:00"));
    CHECK_FALSE(hourly.serve("10:30:00"));
    CHECK(hourly.serve("13:00:00") == today("13:00:00"));
    CHECK(hourly.serve("19:00:00") == today("19:00:00"));
    CHECK_FALSE(hourly.serve("20:00:30"));
    CHECK(hourly.serve("21:00:00") == today("21:00:00"));
}

TEST_CASE("slots that had their turn are remembered as few runs, however many there are") {
    Hourly hourly;
    hourly.schedule.passed = today("00:00:00") - 24h * 100;
    for (int hour = -24 * 100 + 1; hour <= 0; ++hour) {
        auto now = today("00:00:00") + hour * 1h;
        auto seen = look_for_slot(hourly.schedule, hourly.rule, now, now, {});
        REQUIRE(seen.due == now);
        settle_slot(hourly.schedule, hourly.rule, *seen.due);
    }
    CHECK(hourly.schedule.settled.to_json().size() == 1);
    for (int run = 1; run <= 40; ++run) settle_slot(hourly.schedule, hourly.rule, today("00:00:00") + run * 5h);
    CHECK(hourly.schedule.settled.to_json().size() == limits::settled_ranges);
    CHECK(hourly.schedule.settled.has(today("00:00:00") - 1h));
    CHECK(hourly.schedule.settled.has(today("00:00:00") + 200h));
    CHECK_FALSE(hourly.schedule.settled.has(today("00:00:00") + 199h));
}

TEST_CASE("a schedule reads back as it was stored") {
    Hourly hourly;
    auto& schedule = hourly.schedule;
    schedule.name = "reports";
    schedule.cron = "@hourly";
    schedule.timezone = "Europe/Berlin";
    schedule.job = {{"type", "report"}, {"payload", {{"deep", json::array{1, "two"}}}}};
    schedule.overlap = Overlap::queue;
    schedule.missed = Missed::none;
    schedule.enabled = false;
    schedule.created_at = today("01:00:00");
    schedule.updated_at = today("02:00:00");
    schedule.last_run_at = today("10:00:01");
    schedule.last_job_id = "job_2";
    schedule.slot_job_id = "job_1";
    schedule.last_slot = today("10:00:00");
    schedule.last_skipped_at = today("08:00:00");
    schedule.revision = 7;
    settle_slot(schedule, hourly.rule, today("10:00:00"));
    settle_slot(schedule, hourly.rule, today("13:00:00"));
    auto text = json::serialize(to_json(schedule));
    auto again = schedule_from(json::parse(text).as_object());
    CHECK(json::serialize(to_json(again)) == text);
    CHECK(again.passed == today("13:00:00"));
    CHECK(again.settled.has(today("13:00:00")));
    CHECK_FALSE(again.settled.has(today("12:00:00")));
    CHECK(slot_key(again, today("13:00:00")) == "schedule:sch_1:2026-05-05T13:00:00.000Z");
    CHECK(manual_key(again) == "schedule:sch_1:manual:7");
}
