#include "base/http_url.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

TEST_CASE("an http URL is read into where a request goes and what it asks for") {
    auto url = read_http_url("http://Example.ORG:8080/a/b?c=%20d").value();
    CHECK(url.host == "example.org");
    CHECK(url.port == 8080);
    CHECK(url.target == "/a/b?c=%20d");
    CHECK(url.authority() == "example.org:8080");
    CHECK(read_http_url("http://h").value().target == "/");
    CHECK(read_http_url("http://h?x").value().target == "/?x");
    CHECK(read_http_url("http://h:/").value().port == 80);
    CHECK(read_http_url("http://h:80/").value().authority() == "h");
    auto six = read_http_url("http://[::1]:99/").value();
    CHECK(six.host == "::1");
    CHECK(six.authority() == "[::1]:99");
    CHECK(read_http_url("http://10.0.0.1/").value().host == "10.0.0.1");
}

TEST_CASE("where a Location leads is read against the URL that it came from") {
    auto from = read_http_url("http://h:81/a/b?q").value();
    auto to = [&](const char* location) { return resolve_http_url(from, location).value().text(); };
    CHECK(to("/x?y") == "http://h:81/x?y");
    CHECK(to("c") == "http://h:81/a/c");
    CHECK(to("//other/z#f") == "http://other/z");
    CHECK(to("http://H:81/") == "http://h:81/");
    CHECK(resolve_http_url(from, "http://H:81/").value().same_place(from));
    CHECK_FALSE(resolve_http_url(from, "http://h/").value().same_place(from));
    CHECK_FALSE(resolve_http_url(from, "https://h:81/").has_value());
    CHECK_FALSE(resolve_http_url(from, "a b").has_value());
}
