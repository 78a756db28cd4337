#include "web/target.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

TEST_CASE("Paths and queries are decoded part by part") {
    auto target = read_target("/api/a%20b/session%3Ax%2Fy?q=1%262&r=a+b&flag&=x");
    REQUIRE(target.has_value());
    CHECK(target->segments == std::vector<std::string>{"api", "a b", "session:x/y"});
    CHECK(target->query == std::map<std::string, std::string>{{"q", "1&2"}, {"r", "a b"}, {"flag", ""}, {"", "x"}});
    CHECK(read_target("/")->segments.empty());
    CHECK(read_target("/a+b")->segments == std::vector<std::string>{"a+b"});
}

TEST_CASE("One slash at the end does not count, an empty part does") {
    CHECK(read_target("/api/")->segments == std::vector<std::string>{"api"});
    CHECK(read_target("/api//x")->segments == std::vector<std::string>{"api", "", "x"});
    CHECK(read_target("/api//")->segments == std::vector<std::string>{"api", ""});
}

TEST_CASE("Broken encodings are refused with an issue") {
    for (const char* text : {"/%", "/%4", "/%zz", "/a?b=%", "/a?%9=1", "/%ff", "/%c0%af", "/%ed%a0%80", "/a%00b", "/a?x=%00"}) {
        INFO(text);
        auto target = read_target(text);
        REQUIRE(target.has_error());
        CHECK(target.error().code == "invalid_request");
        CHECK(target.error().issues.size() == 1);
    }
    CHECK(read_target("/%c3%a9")->segments.front() == "é");
}

TEST_CASE("A query name given twice is refused") {
    auto target = read_target("/a?limit=1&x=2&limit=3");
    REQUIRE(target.has_error());
    CHECK(target.error().issues.front().message.find("limit") != std::string::npos);
    CHECK(read_target("/a?l=1&%6c=2").has_error());
}

TEST_CASE("UTF-8 is told from what only looks like it") {
    CHECK(is_utf8("plain é € 😀"));
    for (const char* text : {"\x80", "\xc1\x81", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82"})
        CHECK_FALSE(is_utf8(text));
}
