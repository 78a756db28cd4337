// Turns of chats whose end nobody heard: the chat is not busy for ever.
#include "support/catch.hpp"
#include "support/house.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

/// A chat whose turn has ended in the runtime, unheard.
std::string left_busy(House& house) {
    auto chat = house.chat();
    house.say(chat, "/pause 1s first");
    house.pass(100ms);
    house.runtime.fall_silent();
    house.stage.advance(1200ms);
    house.runtime.speak();
    REQUIRE(house.sessions.core().turns.active(chat));
    return chat;
}

std::string status_of(House& house, const std::string& chat, const std::string& turn) {
    auto record = house.stage.wait_for(house.store.record("turn", chat, turn));
    return record ? std::string(record->body.at("status").as_string()) : std::string();
}

}  // namespace

TEST_CASE("an interrupt of a turn whose end was not heard settles it") {
    House house;
    auto chat = left_busy(house);
    auto turn = house.sessions.core().turns.active(chat)->turn_id;
    auto asked = house.stage.time.mono();
    auto done = house.stage.wait_for(house.sessions.conversation().interrupt(chat, std::nullopt));
    REQUIRE(done.has_value());
    CHECK(*done == turn);
    CHECK(house.stage.time.mono() - asked < 1s);
    CHECK_FALSE(house.sessions.core().turns.visible(chat));
    CHECK(status_of(house, chat, turn) == "completed");
    house.say(chat, "second");
}

TEST_CASE("a message that interrupts a turn whose end was not heard starts") {
    House house;
    auto chat = left_busy(house);
    house.say(chat, "second", WhenBusy::interrupt);
    house.pass(10s);
    CHECK(house.said(chat, "second") == 1);
}

TEST_CASE("a chat whose turn's end was not heard comes to rest by itself, and its line goes on") {
    House house;
    auto chat = left_busy(house);
    auto turn = house.sessions.core().turns.active(chat)->turn_id;
    house.say(chat, "second", WhenBusy::queue);
    house.pass(4s);
    CHECK(house.said(chat, "second") == 0);
    house.pass(12s);
    CHECK(status_of(house, chat, turn) == "completed");
    CHECK(house.said(chat, "second") == 1);
    CHECK_FALSE(house.sessions.core().turns.active(chat));
}

TEST_CASE("a turn that goes on in silence is left alone, and looked at ever more seldom") {
    House house;
    auto chat = house.chat();
    house.say(chat, "/pause 60s first");
    house.pass(4s);
    CHECK(house.runtime.reads == 0);
    house.pass(50s);
    CHECK(house.sessions.core().turns.active(chat));
    CHECK(house.runtime.reads == 4);  // after 5, 10, 20 and 40 s
    house.pass(10s);
    CHECK_FALSE(house.sessions.core().turns.active(chat));
}

TEST_CASE("while no turn is under way the runtime is not asked for any") {
    House house;
    auto chat = house.chat();
    house.say(chat, "hello");
    house.pass(1s);
    REQUIRE_FALSE(house.sessions.core().turns.active(chat));
    auto reads = house.runtime.reads;
    house.pass(10min);
    CHECK(house.runtime.reads == reads);
}

TEST_CASE("a full disk does not end the watch over a turn whose end was not heard") {
    House house;
    auto chat = left_busy(house);
    house.store.break_disk(true);
    house.stage.advance(20s);
    CHECK(house.sessions.core().turns.active(chat));
    house.store.break_disk(false);
    house.pass(60s);
    CHECK_FALSE(house.sessions.core().turns.visible(chat));
}
