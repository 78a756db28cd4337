#include "web/trace_context.hpp"

#include "support/catch.hpp"

#include <string>

using lanekeeper::web::is_traceparent;

namespace {
const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string parent = "00f067aa0ba902b7";
}  // namespace

TEST_CASE("a traceparent is what the trace context's own text calls one") {
    CHECK(is_traceparent("00-" + trace + "-" + parent + "-01"));
    CHECK(is_traceparent("00-" + trace + "-" + parent + "-00"));
    CHECK(is_traceparent("cc-" + trace + "-" + parent + "-01"));
    CHECK(is_traceparent("cc-" + trace + "-" + parent + "-01-what-the-future-brings"));
}

TEST_CASE("whatever else stands in that header is no traceparent") {
    const std::string good = "00-" + trace + "-" + parent + "-01";
    for (const auto& text : {std::string(), std::string("\xff"), good + "\xff", good + "-more", good + "0", good.substr(1), "ff" + good.substr(2),
                             "00-" + std::string(32, '0') + "-" + parent + "-01", "00-" + trace + "-" + std::string(16, '0') + "-01",
                             "0G" + good.substr(2), "00_" + good.substr(3), "00-4BF9" + good.substr(7), good.substr(0, 53) + "\xc3\xa9",
                             "cc" + good.substr(2) + "-\xff", "cc" + good.substr(2) + "more", "cc" + good.substr(2) + "-" + std::string(400, 'x')}) {
        INFO(text);
        CHECK_FALSE(is_traceparent(text));
    }
}
