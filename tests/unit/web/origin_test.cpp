#include "web/origin.hpp"
#include "support/catch.hpp"

using namespace lanekeeper::web;

namespace {

OriginRules rules() { return {{"localhost", "127.0.0.1", "::1"}, {"https://ui.example:8443"}, 3001}; }

}  // namespace

TEST_CASE("Only our own names are hosts") {
    for (const char* host : {"localhost", "localhost:3001", "LOCALHOST:3001", "127.0.0.1:99", "[::1]:3001", "[::1]", "localhost."})
        CHECK(host_allowed(rules(), host));
    for (const char* host : {"", "evil.example", "evil.example:3001", "localhost.evil.example", "localhost:", "localhost:x", "localhost:0",
                             "localhost:70000", "[::1", "[::1]x", "127.0.0.1.evil", "localhost@evil", "a b", "::1", ":3001"}) {
        INFO(host);
        CHECK_FALSE(host_allowed(rules(), host));
    }
}

TEST_CASE("The address that the daemon listens on is a host of ours, whatever else is allowed") {
    lanekeeper::WebSettings web;
    web.host = "127.0.0.2";
    web.port = 3001;
    for (const auto& names : {web.allowed_hosts, std::vector<std::string>{"lanes.example"}}) {
        web.allowed_hosts = names;
        CHECK(host_allowed(origin_rules(web), "127.0.0.2:3001"));
        CHECK(host_allowed(origin_rules(web), names.front()));
        CHECK(origin_allowed(origin_rules(web), "http://127.0.0.2:3001", "127.0.0.2:3001"));
        CHECK_FALSE(host_allowed(origin_rules(web), "127.0.0.3:3001"));
    }
}

TEST_CASE("Origins are ours, or listed, or refused") {
    auto allowed = [](const char* origin) { return origin_allowed(rules(), origin, "localhost:3001"); };
    CHECK(allowed("http://localhost:3001"));
    CHECK(allowed("http://127.0.0.1:3001"));
    CHECK(allowed("http://[::1]:3001"));
    CHECK(allowed("https://ui.example:8443"));
    for (const char* origin : {"null", "http://localhost", "http://localhost:8000", "http://evil.example:3001", "https://ui.example",
                               "http://ui.example:8443", "file://", "localhost:3001", "http://", "http://localhost:3001/path",
                               "http://localhost:3001@evil.example", "chrome-extension://localhost:3001"}) {
        INFO(origin);
        CHECK_FALSE(allowed(origin));
    }
}

TEST_CASE("Behind a forwarded port our own page is still our own") {
    CHECK(origin_allowed(rules(), "http://localhost:8080", "localhost:8080"));
    CHECK(origin_allowed(rules(), "http://localhost", "localhost"));
}
