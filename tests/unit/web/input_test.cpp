#include "web/input.hpp"
#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

ApiRequest with_query(const char* name, const char* value) {
    ApiRequest request;
    request.query[name] = value;
    return request;
}

}  // namespace

TEST_CASE("A limit is refused below one and above the largest") {
    CHECK(*read_limit(ApiRequest(), 50, 200) == 50);
    CHECK(*read_limit(with_query("limit", "7"), 50, 200) == 7);
    CHECK(*read_limit(with_query("limit", "200"), 50, 200) == 200);
    for (const char* text : {"0", "201", "-1", "x", "", "1.5", "99999999999999999999"}) {
        INFO(text);
        auto limit = read_limit(with_query("limit", text), 50, 200);
        REQUIRE(limit.has_error());
        CHECK(json::serialize(limit.error().issues.front().path) == R"(["query","limit"])");
    }
}

TEST_CASE("An empty cursor is none") {
    CHECK_FALSE(read_cursor(ApiRequest()));
    CHECK_FALSE(read_cursor(with_query("cursor", "")));
    CHECK(read_cursor(with_query("cursor", "x")) == "x");
    CHECK(json::serialize(bad_cursor().issues.front().path) == R"(["query","cursor"])");
}

TEST_CASE("A wait is a time with a unit, clamped to the longest poll") {
    CHECK_FALSE(read_wait(ApiRequest())->has_value());
    CHECK(**read_wait(with_query("wait", "30s")) == Millis(30'000));
    CHECK(**read_wait(with_query("wait", "250ms")) == Millis(250));
    CHECK(**read_wait(with_query("wait", "5")) == Millis(5'000));
    CHECK(**read_wait(with_query("wait", "9m")) == limits::long_poll);
    CHECK(**read_wait(with_query("wait", "true")) == limits::long_poll);
    CHECK(read_wait(with_query("wait", "soon")).has_error());
    CHECK(read_wait(with_query("wait", "ms")).has_error());
}

TEST_CASE("An absent body reads as an empty object, another kind is refused") {
    auto schema = Schema::object({optional_field("a", Schema::integer(0, 9))});
    CHECK(read_body(ApiRequest(), schema)->empty());
    ApiRequest request;
    request.raw_body = "null";
    CHECK(read_body(request, schema).has_error());
    request.raw_body = R"({"a":3})";
    request.body = {{"a", 3}};
    CHECK(read_body(request, schema)->at("a") == 3);
}

TEST_CASE("One idempotency key covers a route, a caller and a body") {
    ApiRequest request;
    CHECK_FALSE(idempotency_claim(request, {}));
    request.headers["idempotency-key"] = "k";
    request.route = "POST /api/orchestrator/jobs";
    request.caller = "loopback";
    request.raw_body = "{}";
    auto claim = idempotency_claim(request, {});
    REQUIRE(claim);
    CHECK(claim->scope == "POST /api/orchestrator/jobs loopback");
    CHECK(claim->key == "k");
    request.raw_body = "{ }";
    CHECK(idempotency_claim(request, {})->body_hash != claim->body_hash);
}

TEST_CASE("A body's hash is the same everywhere, for ever") {
    CHECK(body_hash("").size() == 32);
    CHECK(body_hash("a") == body_hash("a"));
    CHECK(body_hash("a") != body_hash("b"));
    CHECK(body_hash("{\"a\":1}").substr(0, 16) != body_hash("{\"a\":1}").substr(16));
}
