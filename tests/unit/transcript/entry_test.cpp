#include "support/catch.hpp"

#include "transcript/entry.hpp"

using namespace lanekeeper;
using namespace lanekeeper::transcript;

namespace {

json::object valid() {
    return {{"messageId", "m"}, {"turnId", "t"}, {"role", "system"}, {"type", "note"}, {"content", "hello"}};
}

}  // namespace

TEST_CASE("a client's row without times and status is complete now") {
    auto entry = read_upsert(valid(), 42);
    REQUIRE(entry.has_value());
    CHECK(entry->status == Status::complete);
    CHECK(entry->started_at == 42);
    CHECK(entry->completed_at == 42);
}

TEST_CASE("a client's streaming row has no end") {
    auto body = valid();
    body["status"] = "streaming";
    auto entry = read_upsert(body, 42);
    REQUIRE(entry.has_value());
    CHECK_FALSE(entry->completed_at);
}

TEST_CASE("details may come as an object or as its text") {
    auto body = valid();
    body["details"] = json::object{{"anchorItemId", "i"}};
    CHECK(anchor_of(*read_upsert(body, 0)) == "i");
    body["details"] = R"({"anchorItemId":"j"})";
    CHECK(anchor_of(*read_upsert(body, 0)) == "j");
    body["details"] = nullptr;
    CHECK_FALSE(read_upsert(body, 0)->details);
}

TEST_CASE("details that are no JSON object are refused by name") {
    for (json::value details : {json::value("[1]"), json::value("no json"), json::value(3)}) {
        auto body = valid();
        body["details"] = details;
        auto entry = read_upsert(body, 0);
        REQUIRE_FALSE(entry.has_value());
        CHECK(entry.error().issues.at(0).path == json::array{"details"});
    }
}

TEST_CASE("each rule of a row is checked by name") {
    for (const char* name : {"messageId", "turnId", "role", "type", "content"}) {
        auto body = valid();
        body.erase(name);
        auto entry = read_upsert(body, 0);
        REQUIRE_FALSE(entry.has_value());
        CHECK(entry.error().issues.at(0).path == json::array{name});
        CHECK(entry.error().issues.at(0).code == "required");
    }
    auto body = valid();
    body["role"] = "robot";
    CHECK(read_upsert(body, 0).error().issues.at(0).code == "invalid_value");
    body = valid();
    body["surplus"] = 1;
    CHECK(read_upsert(body, 0).error().issues.at(0).code == "unknown_field");
}

TEST_CASE("an anchor is only a non-empty text") {
    Entry entry;
    CHECK_FALSE(anchor_of(entry));
    entry.details = R"({"anchorItemId":7})";
    CHECK_FALSE(anchor_of(entry));
    entry.details = "anchorItemId";
    CHECK_FALSE(anchor_of(entry));
}
