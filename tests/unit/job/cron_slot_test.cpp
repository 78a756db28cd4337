// Slots where clocks are set: each local minute at most once, and none is lost.
#include "job/cron_slot.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace lanekeeper;
using Texts = std::vector<std::string>;

namespace {

WallTime at(std::string_view text) { return *parse_iso(std::string(text) + ":00Z"); }

std::vector<WallTime> slots(const char* cron, const char* zone, const char* after, std::size_t count) {
    auto parsed = parse_cron(cron).value();
    auto found = find_zone(zone).value();
    std::vector<WallTime> all;
    auto last = at(after);
    while (all.size() < count) {
        auto next = next_slot(parsed, *found, last);
        REQUIRE(next);
        REQUIRE(*next > last);
        all.push_back(*next);
        last = *next;
    }
    return all;
}

/// The next slots, in UTC.
Texts utc(const char* cron, const char* zone, const char* after, std::size_t count) {
    Texts texts;
    for (auto slot : slots(cron, zone, after, count)) texts.push_back(iso(slot).substr(0, 16));
    return texts;
}

}  // namespace

TEST_CASE("a slot that the clock leaps over comes at the first minute behind the leap") {
    CHECK(utc("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", 2) == Texts{"2026-03-29T01:00", "2026-03-30T00:30"});
    CHECK(utc("30 2 * * *", "America/New_York", "2026-03-07T12:00", 2) == Texts{"2026-03-08T07:00", "2026-03-09T06:30"});
    CHECK(utc("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T03:00", 2) == Texts{"2026-10-03T15:30", "2026-10-04T15:15"});
}

TEST_CASE("all that the clock leaps over is one slot, together with the one that is there anyway") {
    CHECK(utc("*/15 * * * *", "Europe/Berlin", "2026-03-29T00:30", 4) ==
          Texts{"2026-03-29T00:45", "2026-03-29T01:00", "2026-03-29T01:15", "2026-03-29T01:30"});
    CHECK(utc("0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00", 2) == Texts{"2026-03-29T01:00", "2026-03-30T00:00"});
}

TEST_CASE("a slot that the clock shows twice comes once, the first time") {
    CHECK(utc("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00", 2) == Texts{"2026-10-25T00:30", "2026-10-26T01:30"});
    CHECK(utc("30 1 * * *", "America/New_York", "2026-10-31T12:00", 2) == Texts{"2026-11-01T05:30", "2026-11-02T06:30"});
    CHECK(utc("45 1 * * *", "Australia/Lord_Howe", "2026-04-04T03:00", 2) == Texts{"2026-04-04T14:45", "2026-04-05T15:15"});
    CHECK(utc("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:00", 3) == Texts{"2026-10-25T00:30", "2026-10-25T02:00", "2026-10-25T02:30"});
}

TEST_CASE("looked for from within the second showing, a slot of the first is over") {
    CHECK(utc("30 2 * * *", "Europe/Berlin", "2026-10-25T01:10", 1) == Texts{"2026-10-26T01:30"});
    CHECK(utc("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30", 1) == Texts{"2026-10-26T01:30"});
}

TEST_CASE("a midnight that is skipped runs at one o'clock") {
    CHECK(utc("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00", 2) == Texts{"2018-11-04T03:00", "2018-11-05T02:00"});
    CHECK(utc("0 0 * * *", "Africa/Cairo", "2026-04-23T12:00", 2) == Texts{"2026-04-23T22:00", "2026-04-24T21:00"});
    CHECK(utc("@daily", "America/Sao_Paulo", "2018-02-17T12:00", 2) == Texts{"2018-02-18T03:00", "2018-02-19T03:00"});
}

TEST_CASE("a day that a country leaves out runs when the next one begins") {
    CHECK(utc("0 9 * * *", "Pacific/Apia", "2011-12-28T12:00", 4) ==
          Texts{"2011-12-28T19:00", "2011-12-29T19:00", "2011-12-30T10:00", "2011-12-30T19:00"});
    CHECK(utc("0 9 30 12 *", "Pacific/Apia", "2011-12-01T00:00", 2) == Texts{"2011-12-30T10:00", "2012-12-29T19:00"});
}

TEST_CASE("over years in many zones every day has exactly one slot, and slots rise") {
    for (const char* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia",
                             "Africa/Casablanca", "America/Scoresbysund", "Asia/Tehran", "UTC"})
        for (const char* cron : {"30 2 * * *", "0 0 * * *", "59 23 * * *", "15 1 * * *", "0 3 * * *"}) {
            INFO(zone << " " << cron);
            auto found = find_zone(zone).value();
            auto all = slots(cron, zone, "2009-12-31T12:00", 1000);
            auto first = all.front();
            auto last = all.back();
            auto days = (last - first + std::chrono::hours{12}) / std::chrono::hours{24} + 1;
            // Apia left a day out: its slot came when the next day began, at midnight as one with that day's own.
            bool apart = std::string_view(zone) == "Pacific/Apia" && std::string_view(cron) != "0 0 * * *";
            CHECK(days == (apart ? 999 : 1000));
        }
}

TEST_CASE("the last slot before an instant is found however long ago the search begins") {
    auto berlin = find_zone("Europe/Berlin").value();
    struct Line {
        const char *cron, *after, *until, *last;
    };
    const Line table[] = {
        {"* * * * *", "2000-01-01T00:00", "2026-05-05T10:30", "2026-05-05T10:30"},
        {"0 4 * * *", "2000-01-01T00:00", "2026-05-05T01:59", "2026-05-04T02:00"},
        {"0 0 29 2 *", "2000-01-01T00:00", "2027-05-05T00:00", "2024-02-28T23:00"},
        {"0 0 29 2 *", "2024-03-01T00:00", "2027-05-05T00:00", ""},
        {"30 2 * * *", "2026-10-24T12:00", "2026-10-25T01:45", "2026-10-25T00:30"},
        {"0 12 * * *", "2026-05-05T10:00", "2026-05-05T10:00", ""},
        {"0 12 * * *", "2026-05-05T09:59", "2026-05-05T10:00", "2026-05-05T10:00"},
    };
    for (const auto& line : table) {
        INFO(line.cron << " until " << line.until);
        auto last = last_slot(parse_cron(line.cron).value(), *berlin, at(line.after), at(line.until));
        CHECK((last ? iso(*last).substr(0, 16) : "") == line.last);
    }
}

TEST_CASE("a search from between two minutes finds the next one") {
    auto zone = find_zone("UTC").value();
    auto cron = parse_cron("* * * * *").value();
    CHECK(next_slot(cron, *zone, at("2026-05-05T10:00") + Millis{1}) == at("2026-05-05T10:01"));
    CHECK(next_slot(cron, *zone, at("2026-05-05T10:01") - Millis{1}) == at("2026-05-05T10:01"));
}
