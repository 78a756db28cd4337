#include "job/cron.hpp"

#include "job/cron_slot.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

WallTime minute(std::string_view text) { return *parse_iso(std::string(text) + ":00Z"); }

std::string short_iso(WallTime time) { return iso(time).substr(0, 16); }

struct Next {
    const char* cron;
    const char* after;
    const char* next;  // in UTC
};

struct Bad {
    const char* cron;
    const char* says;  // part of the message: the field and the rule
};

std::string refusal(const char* cron) {
    auto parsed = parse_cron(cron);
    if (parsed) return "accepted";
    const auto& problem = parsed.error();
    REQUIRE(problem.code == "invalid_request");
    REQUIRE(problem.issues.size() == 1);
    CHECK(problem.issues[0].path == json::array{"cron"});
    return problem.issues[0].message;
}

}  // namespace

TEST_CASE("each expression has its next slot") {
    const Next table[] = {
        {"* * * * *", "2026-01-31T12:00", "2026-01-31T12:01"},
        {"*/15 * * * *", "2026-01-31T12:00", "2026-01-31T12:15"},
        {"*/15 * * * *", "2026-01-31T12:45", "2026-01-31T13:00"},
        {"5 * * * *", "2026-01-31T12:05", "2026-01-31T13:05"},
        {"0 9 * * *", "2026-01-31T09:00", "2026-02-01T09:00"},
        {"0 9 * * *", "2026-01-31T08:59", "2026-01-31T09:00"},
        {"0 0 1 * *", "2026-01-31T12:00", "2026-02-01T00:00"},
        {"30 23 31 * *", "2026-01-31T23:30", "2026-03-31T23:30"},
        {"0 0 29 2 *", "2026-01-01T00:00", "2028-02-29T00:00"},
        {"0 0 29 2 *", "2096-02-29T00:00", "2104-02-29T00:00"},
        {"0 0 29 feb */7", "2032-02-29T00:00", "2060-02-29T00:00"},
        {"0 0 29 feb */7", "2088-02-29T00:00", "2128-02-29T00:00"},
        {"0 0 31 12 *", "2026-12-31T00:00", "2027-12-31T00:00"},
        {"0-10/5 12 * * *", "2026-01-31T12:05", "2026-01-31T12:10"},
        {"0-10/5 12 * * *", "2026-01-31T12:10", "2026-02-01T12:00"},
        {"1,2,50 * * * *", "2026-01-31T12:02", "2026-01-31T12:50"},
        {"50,1,2 * * * *", "2026-01-31T12:50", "2026-01-31T13:01"},
        {"0 8-18/2 * * *", "2026-01-31T18:00", "2026-02-01T08:00"},
        {"0 8-18/2 * * *", "2026-01-31T15:30", "2026-01-31T16:00"},
        {"0 12 * * mon", "2026-01-31T12:00", "2026-02-02T12:00"},
        {"0 12 * * MON-FRI", "2026-01-30T12:00", "2026-02-02T12:00"},
        {"0 12 * * 0", "2026-01-31T12:00", "2026-02-01T12:00"},
        {"0 12 * * 7", "2026-01-31T12:00", "2026-02-01T12:00"},
        {"0 12 * * sun", "2026-01-31T12:00", "2026-02-01T12:00"},
        {"0 12 * * 5-7", "2026-01-31T12:00", "2026-02-01T12:00"},
        {"0 12 * * fri-sun", "2026-02-01T12:00", "2026-02-06T12:00"},
        {"0 12 * * 1-5/2", "2026-02-02T12:00", "2026-02-04T12:00"},
        {"0 12 * jan *", "2026-01-31T12:00", "2027-01-01T12:00"},
        {"0 12 1 Jan,JUL *", "2026-01-31T12:00", "2026-07-01T12:00"},
        {"0 12 1 3-5 *", "2026-03-01T12:00", "2026-04-01T12:00"},
        {"0 12 1 */4 *", "2026-01-31T12:00", "2026-05-01T12:00"},
        {"0 0 13 * fri", "2026-02-01T00:00", "2026-02-06T00:00"},
        {"0 0 13 * fri", "2026-02-06T00:00", "2026-02-13T00:00"},
        {"0 0 */2 * fri", "2026-02-01T00:00", "2026-02-13T00:00"},
        {"0 0 13 * *", "2026-02-01T00:00", "2026-02-13T00:00"},
        {"0 0 13 * */2", "2026-03-01T00:00", "2026-06-13T00:00"},
        {"0 0 1,15 * mon", "2026-01-31T00:00", "2026-02-01T00:00"},
        {"0 0 31 2 mon", "2026-01-31T00:00", "2026-02-02T00:00"},
        {"@hourly", "2026-01-31T12:00", "2026-01-31T13:00"},
        {"@daily", "2026-01-31T12:00", "2026-02-01T00:00"},
        {"@midnight", "2026-01-31T12:00", "2026-02-01T00:00"},
        {"@weekly", "2026-01-31T12:00", "2026-02-01T00:00"},
        {"@monthly", "2026-01-31T12:00", "2026-02-01T00:00"},
        {"@yearly", "2026-01-31T12:00", "2027-01-01T00:00"},
        {"@annually", "2027-01-01T00:00", "2028-01-01T00:00"},
        {"@Daily", "2026-01-31T12:00", "2026-02-01T00:00"},
        {"  0   9  *  * * ", "2026-01-31T08:00", "2026-01-31T09:00"},
        {"59 23 31 12 *", "2026-12-31T23:59", "2027-12-31T23:59"},
        {"0-59 0-23 1-31 1-12 0-7", "2026-01-31T12:00", "2026-01-31T12:01"},
        {"*/59 * * * *", "2026-01-31T12:00", "2026-01-31T12:59"},
        {"00 09 * * *", "2026-01-31T08:00", "2026-01-31T09:00"},
    };
    auto utc = find_zone("UTC").value();
    for (const auto& line : table) {
        INFO(line.cron << " after " << line.after);
        auto next = next_slot(parse_cron(line.cron).value(), *utc, minute(line.after));
        REQUIRE(next);
        CHECK(short_iso(*next) == line.next);
    }
}

TEST_CASE("each wrong expression is refused with its field and its rule") {
    const Bad table[] = {
        {"", "has 0 fields instead of five"},
        {"* * * *", "has 4 fields instead of five"},
        {"* * * * * *", "has 6 fields instead of five"},
        {"60 * * * *", "minute: \"60\" is not within 0 to 59"},
        {"-1 * * * *", "minute"},
        {"* 24 * * *", "hour: \"24\" is not within 0 to 23"},
        {"* * 0 * *", "day of month: \"0\" is not within 1 to 31"},
        {"* * 32 * *", "day of month: \"32\" is not within 1 to 31"},
        {"* * * 0 *", "month: \"0\" is not within 1 to 12"},
        {"* * * 13 *", "month: \"13\" is not within 1 to 12"},
        {"* * * * 8", "day of week: \"8\" is not within 0 to 7"},
        {"a * * * *", "minute: \"a\" is not a number"},
        {"* * * foo *", "month: \"foo\" is neither a number nor a name"},
        {"* * mon * *", "day of month: \"mon\" is not a number"},
        {"* * * mon *", "month: \"mon\" is neither a number nor a name"},
        {"* * * * jan", "day of week: \"jan\" is neither a number nor a name"},
        {"* * * * monday", "day of week: \"monday\" is neither a number nor a name"},
        {"10-5 * * * *", "minute: \"10-5\" ends before it begins"},
        {"* 22-2 * * *", "hour: \"22-2\" ends before it begins"},
        {"* * * dec-jan *", "month: \"dec-jan\" ends before it begins"},
        {"* * * * fri-mon", "day of week: \"fri-mon\" ends before it begins"},
        {"*/0 * * * *", "minute: \"*/0\" has a step that is not within 1 to 59"},
        {"*/60 * * * *", "minute: \"*/60\" has a step that is not within 1 to 59"},
        {"*/x * * * *", "minute: \"*/x\" has a step"},
        {"*/ * * * *", "minute: \"*/\" has a step"},
        {"5/10 * * * *", "minute: \"5/10\" has a step without a range or *"},
        {"1,,2 * * * *", "minute: \"1,,2\" has an empty part in its list"},
        {", * * * *", "minute: \",\" has an empty part in its list"},
        {"1, * * * *", "minute: \"1,\" has an empty part in its list"},
        {"1- * * * *", "minute: \"\" is not a number"},
        {"1-2-3 * * * *", "minute: \"2-3\" is not a number"},
        {"** * * * *", "minute: \"**\" is not a number"},
        {"*-5 * * * *", "minute: \"*\" is not a number"},
        {"1.5 * * * *", "minute: \"1.5\" is not a number"},
        {"+5 * * * *", "minute: \"+5\" is not a number"},
        {"99999999999 * * * *", "minute: \"99999999999\" is not a number"},
        {"? * * * *", "minute: \"?\" is not a number"},
        {"0 0 L * *", "day of month: \"l\" is not a number"},
        {"@reboot", "is not one of @hourly"},
        {"@", "is not one of @hourly"},
        {"@daily *", "is not one of @hourly"},
        {"0 0 31 2 *", "has no day"},
        {"0 0 30 2 *", "has no day"},
        {"0 0 31 4,6,9,11 *", "has no day"},
        {"0 0 30-31 feb */2", "has no day"},
    };
    for (const auto& line : table) {
        INFO(line.cron);
        CHECK(refusal(line.cron).find(line.says) != std::string::npos);
        if (refusal(line.cron).find(line.says) == std::string::npos) CHECK(refusal(line.cron) == line.says);
    }
}
