#include "job/effects.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

TEST_CASE("an envelope is one JSON object with type, threadId, payload and seq") {
    auto event = render_event(EventDraft("job", "s\"1", json::object{{"a", 1}}), from_ms(5));
    event.seq = 42;
    auto envelope = json::parse(event.envelope()).as_object();
    CHECK(envelope.at("type") == "job");
    CHECK(envelope.at("threadId") == "s\"1");
    CHECK(envelope.at("payload").at("a") == 1);
    CHECK(envelope.at("seq") == 42);
    CHECK(envelope.size() == 4);
}

TEST_CASE("without a thread or a seq an envelope says null") {
    auto event = render_event(EventDraft("tick", {}, {}, Audience::broadcast), from_ms(5));
    auto envelope = json::parse(event.envelope()).as_object();
    CHECK(envelope.at("threadId").is_null());
    CHECK(envelope.at("seq").is_null());
    CHECK(event.audience == Audience::broadcast);
    CHECK(event.at == from_ms(5));
}

TEST_CASE("effects that are appended keep their order, and events still point at their own rows") {
    Effects first, second;
    first.puts.emplace_back("row", "s", "a", json::object{});
    first.deletes.emplace_back("row", "s", "x");
    second.puts.emplace_back("row", "s", "b", json::object{});
    second.puts.emplace_back("row", "s", "c", json::object{});
    second.deletes.emplace_back("row", "s", "y");
    second.events.emplace_back("delta", "s", json::object{});
    second.events.back().entry_of_put = 1;
    second.events.emplace_back("plain", "s", json::object{});
    first.append(std::move(second));
    REQUIRE(first.puts.size() == 3);
    REQUIRE(first.events.size() == 2);
    CHECK(first.deletes.size() == 2);
    CHECK(first.puts.at(*first.events.at(0).entry_of_put).key == "c");
    CHECK_FALSE(first.events.at(1).entry_of_put);
    CHECK_FALSE(first.empty());
    CHECK(Effects{}.empty());
}
