// Messages that meet a dead runtime or a full disk: none is lost, none is sent twice, and nobody is told otherwise.
#include "agents/conversation.hpp"

#include "message_rig.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

/// The id under the key; empty when there is none.
std::string begun(House& house) {
    auto record = house.stage.wait_for(house.store.record("answer", "", "k"));
    return record ? std::string(record->body.at("messageId").as_string()) : std::string();
}

Result<SentMessage> send(House& house, const std::string& chat, NewMessage message) {
    return house.stage.wait_for(house.sessions.conversation().send(chat, std::move(message)));
}

std::optional<SentMessage> recall(House& house, const std::string& chat, const std::string& message) {
    return house.stage.wait_for(house.sessions.conversation().recall(chat, message));
}

}  // namespace

TEST_CASE("a queued message whose time comes while the runtime is down starts soon after it is back") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.say(chat, "second", WhenBusy::queue);
    house.runtime.be_down(true);
    house.pass(60s);
    CHECK(house.records(waiting, chat) == 1);
    CHECK(house.said(chat, "second") == 0);
    house.runtime.be_down(false);
    house.pass(6s);
    CHECK(house.said(chat, "second") == 1);
    CHECK(house.records(waiting, chat) == 0);
}

TEST_CASE("a queued message whose time comes while the disk is full starts soon after there is room") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.say(chat, "second", WhenBusy::queue);
    house.store.break_disk(true);
    house.stage.advance(30s);
    house.store.break_disk(false);
    house.pass(20s);
    CHECK(house.said(chat, "second") == 1);
    CHECK(house.records(waiting, chat) == 0);
    CHECK(house.records(sent, chat) == 0);
}

TEST_CASE("while the runtime is down the line is looked at ever more seldom, and nothing is written for it") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.say(chat, "second", WhenBusy::queue);
    house.runtime.be_down(true);
    house.pass(10s);
    auto before = house.store.commits;
    house.stage.advance(10min);
    CHECK(house.store.commits == before);
    CHECK(house.runtime.starts.size() == 1);
}

TEST_CASE("a queued message over which the runtime dies is looked up before it is sent again") {
    for (bool knows : {true, false}) {
        House house;
        auto chat = busy_chat(house, "1s");
        house.say(chat, "second", WhenBusy::queue);
        house.runtime.die_over_next(true);
        auto given = [&] { return house.runtime.starts.size() == 2; };
        REQUIRE(house.stage.time.run_until(house.stage.context, given, 1min));
        house.stage.advance(300ms);  // its turn ends unheard
        house.runtime.speak();
        if (!knows) house.runtime.forget_messages();
        house.pass(60s);
        CHECK(house.said(chat, "second") == 1);
        CHECK(house.records(waiting, chat) == 0);
        CHECK(house.records(sent, chat) == 0);
        CHECK(house.runtime.starts.size() == (knows ? 2 : 3));
    }
}

TEST_CASE("a queued message whose look-up fails is sent when the runtime is back, and before a younger one") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.say(chat, "second", WhenBusy::queue);
    house.runtime.die_over_next(true);
    house.runtime.fail_lookups = 1;
    auto given = [&] { return house.runtime.starts.size() == 2; };
    REQUIRE(house.stage.time.run_until(house.stage.context, given, 1min));
    auto looked_up = [&] { return house.runtime.lookups == 1; };
    REQUIRE(house.stage.time.run_until(house.stage.context, looked_up, 1min));
    house.runtime.be_down(true);
    house.runtime.forget_messages();
    house.pass(20s);
    house.runtime.be_down(false);
    house.runtime.speak();
    house.say(chat, "third", WhenBusy::queue);
    house.pass(60s);
    CHECK(house.said(chat, "second") == 1);
    CHECK(house.said(chat, "third") == 1);
    CHECK(house.records(waiting, chat) == 0);
    REQUIRE(house.runtime.starts.size() == 4);
    CHECK(house.runtime.starts[2] == "second");
    CHECK(house.runtime.starts[3] == "third");
}

TEST_CASE("after a refusal of one queued message the next one starts") {
    House house;
    auto chat = busy_chat(house, "1s");
    for (const char* text : {"second", "third"}) house.say(chat, text, WhenBusy::queue);
    house.runtime.refuse_next("invalid_params");
    house.pass(1100ms);
    house.runtime.refuse_next("invalid_params");
    house.pass(60s);
    CHECK(house.said(chat, "third") == 1);
    CHECK(house.records(waiting, chat) == 0);
}

TEST_CASE("a message over which the runtime dies is found by its key and not sent again") {
    House house;
    auto chat = house.chat();
    house.runtime.die_over_next();
    CHECK_THROWS_AS(send(house, chat, kept_message("once")), RuntimeUnavailable);
    auto id = begun(house);
    REQUIRE_FALSE(id.empty());
    CHECK(house.records(sent, chat) == 0);
    auto found = recall(house, chat, id);
    REQUIRE(found);
    CHECK_FALSE(found->turn_id.empty());
    house.pass(10s);
    CHECK(house.said(chat, "once") == 1);
    CHECK(house.runtime.starts.size() == 1);
}

TEST_CASE("a message over which the runtime dies may be sent again when the runtime has nothing of it") {
    House house;
    auto chat = house.chat();
    house.runtime.be_down(true);
    CHECK_THROWS_AS(send(house, chat, kept_message("once")), RuntimeUnavailable);
    auto id = begun(house);
    REQUIRE_FALSE(id.empty());
    CHECK_THROWS_AS(recall(house, chat, id), RuntimeUnavailable);  // nobody can tell
    house.runtime.be_down(false);
    CHECK_FALSE(recall(house, chat, id));
    house.pass(10s);
    CHECK(house.said(chat, "once") == 0);
}

TEST_CASE("a silent runtime is not given a message a second time") {
    House house;
    auto chat = house.chat();
    house.runtime.refuse_next("runtime_timeout");
    CHECK_THROWS_AS(send(house, chat, kept_message("once")), RuntimeRefusal);
    CHECK(house.runtime.starts.empty());
    CHECK_FALSE(begun(house).empty());
}

TEST_CASE("a message that is refused while the disk is full is taken back when there is room, or when it is asked for") {
    for (bool asked : {true, false}) {
        House house;
        auto chat = house.chat();
        house.runtime.refuse_next("invalid_state");
        house.store.fail_commits(1, 1'000'000);  // all but the one that keeps it
        CHECK_THROWS_AS(send(house, chat, kept_message("refused")), RuntimeRefusal);
        auto id = begun(house);
        REQUIRE_FALSE(id.empty());
        CHECK(house.records(sent, chat) == 1);
        if (asked) CHECK_THROWS_AS(recall(house, chat, id), StorageUnavailable);
        house.store.fail_commits(1'000'000);
        if (asked) CHECK_FALSE(recall(house, chat, id));
        else house.pass(10s);
        CHECK(house.records(sent, chat) == 0);
        CHECK(begun(house).empty());
        house.pass(60s);
        CHECK(house.said(chat, "refused") == 0);
    }
}

TEST_CASE("a message for a turn that ends while it is steered starts one of its own, under the same key") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.runtime.refuse_steers_after = 2s;
    auto answer = send(house, chat, kept_message("more", WhenBusy::steer));
    REQUIRE(answer.has_value());
    CHECK_FALSE(answer->steered);
    CHECK(begun(house) == answer->message_id);
    house.pass(10s);
    CHECK(house.said(chat, "more") == 1);
    CHECK(recall(house, chat, answer->message_id)->turn_id == answer->turn_id);
}

TEST_CASE("a steer over which the runtime dies is known by its key, and is heard once") {
    House house;
    auto chat = busy_chat(house, "5s");
    house.runtime.die_over_next();
    CHECK_THROWS_AS(send(house, chat, kept_message("more", WhenBusy::steer)), RuntimeUnavailable);
    auto id = begun(house);
    REQUIRE_FALSE(id.empty());
    CHECK_FALSE(recall(house, chat, id)->turn_id.empty());
    house.pass(20s);
    CHECK(house.said(chat, "more") == 1);
}

TEST_CASE("a message that the runtime was given and that no turn shows goes back in line when it is asked for") {
    House house;
    auto chat = house.chat();
    Effects held;
    held.puts.emplace_back(std::string(sent), chat, "msg_held", json::object{{"text", "held"}});
    house.stage.wait_for(house.ledger.commit(house.stage.time.wall(), std::move(held))).value();
    auto found = recall(house, chat, "msg_held");
    REQUIRE(found);
    CHECK_FALSE(found->turn_id.empty());
    house.pass(10s);
    CHECK(house.said(chat, "held") == 1);
    CHECK(house.records(sent, chat) == 0);
    CHECK(recall(house, chat, "msg_held")->turn_id == found->turn_id);
}

TEST_CASE("what became of a message is read by its id, however long the chat is") {
    House house;
    auto chat = house.chat();
    auto id = house.say(chat, "hello").message_id;
    house.pass(10s);
    auto turn = recall(house, chat, id);
    REQUIRE(turn);
    Effects gone;  // no row is asked
    gone.deletes.emplace_back("row.base", chat);
    house.stage.wait_for(house.ledger.commit(house.stage.time.wall(), std::move(gone))).value();
    CHECK(recall(house, chat, id)->turn_id == turn->turn_id);
}
