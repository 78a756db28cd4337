#include "base/log.hpp"

#include "base/json.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

constexpr const char* when = "2026-01-31T12:00:00.000Z";

}  // namespace

TEST_CASE("a text line is time, level, event and the fields in order") {
    auto line = format_log_line(LogFormat::text, when, LogLevel::info, "job_started",
                                {{"jobId", "job_1"}, {"waitMs", 12}, {"ratio", 0.5}, {"late", true}});
    CHECK(line == std::string(when) + " info  job_started jobId=job_1 waitMs=12 ratio=0.5 late=true\n");
}

TEST_CASE("in text, values that would blur the line are quoted") {
    auto line = format_log_line(LogFormat::text, when, LogLevel::warn, "e",
                                {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "line\nbreak"}});
    CHECK(line == std::string(when) + R"( warn  e a="two words" b="" c="x=y" d="line\nbreak")" + "\n");
}

TEST_CASE("a JSON line is one valid object, whatever is in the values") {
    std::string nasty = "quote \" backslash \\ line\n bell \a";
    auto line = format_log_line(LogFormat::json, when, LogLevel::error, "disk \"full\"",
                                {{"path", nasty}, {"count", std::uint64_t(3)}, {"ok", false}, {"ms", 1.25}});
    CHECK(line.find('\n') == line.size() - 1);
    auto object = json::parse(line).as_object();
    CHECK(object.at("time").as_string() == when);
    CHECK(object.at("level").as_string() == "error");
    CHECK(object.at("event").as_string() == "disk \"full\"");
    CHECK(object.at("path").as_string() == nasty);
    CHECK(object.at("count").to_number<int>() == 3);
    CHECK_FALSE(object.at("ok").as_bool());
    CHECK(object.at("ms").to_number<double>() == 1.25);
    CHECK(object.begin()->key() == "time");
}

TEST_CASE("only levels from the threshold on are enabled") {
    CHECK(log_enabled(LogLevel::error));
    CHECK(log_enabled(LogLevel::warn));
    CHECK_FALSE(log_enabled(LogLevel::info));
}
