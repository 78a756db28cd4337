#include "base/time.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

TEST_CASE("a time is written as ISO-8601 in UTC with milliseconds") {
    CHECK(iso(from_ms(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(iso(from_ms(1'769'860'800'007)) == "2026-01-31T12:00:00.007Z");
    CHECK(iso(from_ms(951'782'400'000)) == "2000-02-29T00:00:00.000Z");
    CHECK(iso(from_ms(-1)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("what is written reads back to the millisecond") {
    for (std::int64_t ms = 0; ms < 4'000'000'000'000; ms += 123'456'789'123) {
        INFO(ms);
        CHECK(parse_iso(iso(from_ms(ms))) == from_ms(ms));
    }
}

TEST_CASE("seconds, offsets and longer fractions are understood") {
    auto noon = parse_iso("2026-01-31T12:00:00.000Z");
    REQUIRE(noon);
    CHECK(parse_iso("2026-01-31T12:00:00Z") == noon);
    CHECK(parse_iso("2026-01-31 12:00:00Z") == noon);
    CHECK(parse_iso("2026-01-31T14:00:00+02:00") == noon);
    CHECK(parse_iso("2026-01-31T06:30:00-05:30") == noon);
    CHECK(parse_iso("2026-01-31T12:00:00.1239999Z") == *noon + Millis(123));
    CHECK(parse_iso("2026-01-31T12:00:00.5Z") == *noon + Millis(500));
}

TEST_CASE("any other text is no time") {
    for (const char* text :
         {"", "now", "2026-01-31", "2026-01-31T12:00Z", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z",
          "2026-13-01T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:00Z ",
          "2026-01-31T12:00:00+2:00", "2026-01-31T12:00:00+24:00", "-026-01-31T12:00:00Z", "2026-01-31T12:00:00.x",
          "+2026-01-31T12:00:00Z", "2026-01-31T12:00:-1Z", "9999-12-31T23:30:00-01:00",
          "0000-01-01T00:30:00+01:00"}) {
        INFO(text);
        CHECK_FALSE(parse_iso(text));
    }
}

TEST_CASE("the system clock does not go back between two looks") {
    SystemClock clock;
    auto before = clock.mono();
    CHECK(clock.mono() >= before);
    CHECK(to_ms(clock.wall()) > 1'700'000'000'000);
}
