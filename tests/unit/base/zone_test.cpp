#include "base/zone.hpp"

#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

using namespace lanekeeper;
using lanekeeper::testing::TempDir;

namespace {

using Kind = ZoneInstant::Kind;

LocalTime local(int year, int month, int day, int hour, int minute) {
    LocalTime time;
    time.year = year;
    time.month = month;
    time.day = day;
    time.hour = hour;
    time.minute = minute;
    return time;
}

std::string text(const LocalTime& time) {
    return fmt::format("{}-{:02}-{:02} {:02}:{:02}", time.year, time.month, time.day, time.hour, time.minute);
}

std::shared_ptr<const Zone> zone(const std::string& name) { return find_zone(name).value(); }

std::string at(const ZoneInstant& instant) { return iso(instant.at).substr(0, 16); }

/// TZDIR for as long as it lives.
struct ZoneFolder {
    explicit ZoneFolder(const std::string& folder) { setenv("TZDIR", folder.c_str(), 1); }
    ~ZoneFolder() { unsetenv("TZDIR"); }
};

}  // namespace

TEST_CASE("a local time that a zone shows once is one instant, and reads back") {
    auto berlin = zone("Europe/Berlin");
    auto winter = berlin->instant(local(2026, 1, 31, 12, 0));
    CHECK(winter.kind == Kind::unique);
    CHECK(at(winter) == "2026-01-31T11:00");
    CHECK(at(berlin->instant(local(2026, 7, 31, 12, 0))) == "2026-07-31T10:00");
    CHECK(text(berlin->local(winter.at)) == "2026-01-31 12:00");
    CHECK(text(zone("Asia/Kathmandu")->local(winter.at)) == "2026-01-31 16:45");
    CHECK(at(zone("UTC")->instant(local(2026, 1, 31, 12, 0))) == "2026-01-31T12:00");
}

TEST_CASE("a skipped local time is the first instant behind the gap, a repeated one the first of two") {
    auto berlin = zone("Europe/Berlin");
    auto gap = berlin->instant(local(2026, 3, 29, 2, 30));
    CHECK(gap.kind == Kind::skipped);
    CHECK(at(gap) == "2026-03-29T01:00");
    auto twice = berlin->instant(local(2026, 10, 25, 2, 30));
    CHECK(twice.kind == Kind::repeated);
    CHECK(at(twice) == "2026-10-25T00:30");
    auto apia = zone("Pacific/Apia")->instant(local(2011, 12, 30, 9, 0));
    CHECK(apia.kind == Kind::skipped);
    CHECK(at(apia) == "2011-12-30T10:00");
}

TEST_CASE("rules go on behind the last year that the zone data spell out") {
    auto summer = zone("Europe/Berlin")->instant(local(2090, 7, 1, 12, 0));
    CHECK(at(summer) == "2090-07-01T10:00");
    CHECK(zone("America/New_York")->instant(local(2060, 3, 14, 2, 30)).kind == Kind::skipped);
}

TEST_CASE("what is not the name of a zone is none") {
    for (const char* name : {"", "Nowhere/Land", "europe/berlin", "/etc/localtime", "../../../etc/localtime", "Europe", "Europe/",
                             "Europe//Berlin", "tzdata.zi", "zone.tab", "Fixed/UTC+01:00:00", "libc:localtime", "right/Europe/Berlin",
                             "Europe/Berlin ", "posix/../Europe/Berlin"}) {
        INFO(name);
        auto found = find_zone(name);
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error().code == "unknown_zone");
    }
}

TEST_CASE("without zone data there is UTC, and an error that says what is missing") {
    TempDir folder;
    ZoneFolder missing(folder.file("none"));
    CHECK(find_zone("UTC").has_value());
    auto found = find_zone("Europe/Vaduz");
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == "zone_data_missing");
    CHECK(found.error().message.find(folder.file("none")) != std::string::npos);
    CHECK(found.error().message.find("tzdata") != std::string::npos);
}

TEST_CASE("a zone that was missing is found once its data are there") {
    TempDir folder;
    ZoneFolder here(folder.path().string());
    CHECK_FALSE(find_zone("Vaduz").has_value());
    std::ofstream(folder.file("Vaduz")) << "no zone data";
    CHECK_FALSE(find_zone("Vaduz").has_value());
    std::ifstream source("/usr/share/zoneinfo/Europe/Vaduz", std::ios::binary);
    std::ofstream(folder.file("Vaduz"), std::ios::binary) << source.rdbuf();
    CHECK(at(find_zone("Vaduz").value()->instant(local(2026, 7, 31, 12, 0))) == "2026-07-31T10:00");
}
