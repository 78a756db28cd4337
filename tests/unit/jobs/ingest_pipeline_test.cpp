#include "agents/ingest.hpp"

#include "base/limits.hpp"
#include "runtime/notices.hpp"
#include "support/catch.hpp"
#include "support/house.hpp"

using namespace lanekeeper;
using namespace std::string_literals;

TEST_CASE("what the runtime said is committed once the stream has settled") {
    House house;
    auto chat = house.chat();
    house.say(chat, "hello");
    house.stage.advance(Millis{5000});
    house.stage.wait_for(house.ingest.settled());
    auto rows = house.rows(chat);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].role == transcript::Role::user);
    CHECK(rows[1].role == transcript::Role::assistant);
    for (const auto& row : rows) CHECK(row.status == transcript::Status::complete);
}

TEST_CASE("a runtime's notices wait out a full disk, and none is lost or written twice") {
    House house;
    auto chat = house.chat();
    house.store.fail_commits(1, 1'000'000);  // all but the one that accepts the message
    house.say(chat, "hello");
    house.stage.advance(Millis{3000});
    CHECK(house.store.failures > 0);
    CHECK(house.rows(chat).empty());
    house.store.fail_commits(0, 0);
    house.stage.advance(Millis{3000});
    house.stage.wait_for(house.ingest.settled());
    auto rows = house.rows(chat);
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].status == transcript::Status::complete);
}

TEST_CASE("what waits for the disk is bounded in bytes: over it notices are dropped, and the rest is written") {
    for (bool tight : {false, true}) {
        IngestBounds bounds;
        if (tight) bounds.bytes_waiting = 10'000;
        House house(Settings(), bounds);
        auto chat = house.chat();
        house.store.fail_commits(1, 1'000'000);  // all but the one that accepts the message
        house.say(chat, std::string(50'000, 'x'));
        house.stage.advance(Millis{3000});
        CHECK((house.ingest.stats().dropped > 0) == tight);
        house.store.fail_commits(0, 0);
        house.stage.advance(Millis{3000});
        house.stage.wait_for(house.ingest.settled());
        CHECK(house.rows(chat).size() == (tight ? 1 : 2));
        auto before = house.ingest.stats().dropped;
        house.say(house.chat(), "small");
        house.pass(Millis{3000});
        CHECK(house.ingest.stats().dropped == before);
    }
}

TEST_CASE("a turn whose end found no more room is over when the disk is back") {
    IngestBounds bounds;
    bounds.bytes_waiting = 60'000;
    House house(Settings(), bounds);
    auto chat = house.chat();
    house.store.fail_commits(1, 1'000'000);  // all but the one that accepts the message
    house.say(chat, std::string(45'000, 'x'));
    house.stage.advance(Millis{3000});
    REQUIRE(house.ingest.stats().dropped > 0);
    house.store.fail_commits(0, 0);
    house.pass(Millis{3000});
    CHECK(house.records("turn.open", chat) == 0);
    CHECK_FALSE(house.say(chat, "and now?").turn_id.empty());
}

TEST_CASE("what is planned again after a full disk is planned from where it was") {
    House house;
    auto chat = house.chat();
    house.store.break_disk(true);
    house.runtime.say(notices::turn_started(chat, "t"));
    house.runtime.say(notices::item_started(chat, "t", {{"id", "m"}, {"type", "agentMessage"}, {"text", ""}}));
    house.runtime.say(notices::message_delta(chat, "t", "m", "Hel"));
    bool ends = GENERATE(false, true);
    TurnView end;
    end.turn_id = "t";
    end.status = TurnStatus::interrupted;
    if (ends) house.runtime.say(notices::turn_completed(chat, end, {}));
    house.stage.advance(Millis{5000});
    house.store.break_disk(false);
    house.pass(Millis{3000});
    if (!ends) house.runtime.say(notices::turn_completed(chat, end, {}));
    house.pass(Millis{10});
    auto rows = house.rows(chat);
    REQUIRE(rows.size() == 1);
    CHECK(rows.front().content == "Hel");
    CHECK(transcript::is_terminal(rows.front().status));
}

TEST_CASE("a message that cannot be kept is not accepted, and starts nothing") {
    House house;
    auto chat = house.chat();
    house.store.break_disk(true);
    CHECK_THROWS_AS(house.say(chat, "hello"), StorageUnavailable);
    house.store.break_disk(false);
    house.stage.advance(Millis{3000});
    CHECK(house.rows(chat).empty());
}

TEST_CASE("a change's row and its explain job are committed together or not at all") {
    House house;
    auto project = house.project();
    auto chat = house.chat(project);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::pause));
    int together = 0;
    house.store.before_commit = [&](const Mutation& mutation) {
        if (mutation.inserts.empty()) return;
        auto is_row = [](const RecordPut& put) { return put.kind == "row.base"; };
        auto has_row = [&](const Effects& effects) { return std::any_of(effects.puts.begin(), effects.puts.end(), is_row); };
        if (has_row(mutation.effects) || has_row(mutation.inserts[0].effects)) ++together;
    };
    house.store.break_disk(true);
    CHECK_THROWS_AS(house.feed(chat, "i"), StorageUnavailable);
    CHECK(house.rows(chat).empty());
    CHECK(house.jobs(project) == 0);
    house.store.break_disk(false);
    CHECK(house.feed(chat, "i").has_value());
    CHECK(together == 1);
    CHECK(house.rows(chat).size() == 2);  // with the placeholder of its explanation
    CHECK(house.jobs(project) == 1);
}

TEST_CASE("explanations that found the lane full are swept in when it has room, each once") {
    Settings settings;
    settings.queue.max_per_project = 2;
    House house(settings);
    auto project = house.project();
    auto chat = house.chat(project);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::pause));
    for (const char* item : {"a", "b", "c", "d", "e"}) CHECK(house.feed(chat, item).has_value());
    CHECK(house.ingest.stats().explain_deferred == 3);
    CHECK(house.stage.wait_for(house.ingest.sweep_deferred()) == 0);
    CHECK(house.jobs(project) == 2);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::resume));
    house.stage.advance(Millis{60'000});
    CHECK(house.jobs(project) == 5);
    CHECK(house.ingest.stats().explain_swept == 3);
    CHECK(house.rows(chat).size() == 10);
}

TEST_CASE("notices of a chat that was deleted leave nothing behind") {
    House house;
    auto chat = house.chat();
    house.say(chat, "hello");
    CHECK(house.stage.wait_for(house.sessions.remove(chat)).has_value());
    house.stage.advance(Millis{5000});
    house.stage.wait_for(house.ingest.settled());
    CHECK(house.rows(chat).empty());
    CHECK(house.sessions.require_user_session(chat).error().code == "deleted");
}

TEST_CASE("an item that is said again keeps its end") {
    House house;
    auto chat = house.chat();
    CHECK(house.feed(chat, "i").has_value());
    auto before = house.rows(chat);
    house.pass(Millis{5000});
    CHECK(house.feed(chat, "i").has_value());
    auto after = house.rows(chat);
    REQUIRE(after.size() == before.size());
    CHECK(after[0] == before[0]);
}

TEST_CASE("a worker's transcript keeps its last turns, whole") {
    House house;
    house.stage.wait_for(house.sessions.create_system_session("p", "explainer", "w", Effects())).value();
    std::size_t most = 0;
    for (int i = 0; i < 200; ++i) {
        auto turn = "t" + std::to_string(i);
        auto text = R"([{"method":"turn/started","params":{"turn":{"id":"TURN"}}},
            {"method":"item/completed","params":{"turnId":"TURN","item":{"id":"q","type":"userMessage","text":"explain"}}},
            {"method":"item/completed","params":{"turnId":"TURN","item":{"id":"a","type":"agentMessage","text":"it does"}}},
            {"method":"turn/completed","params":{"turn":{"id":"TURN","status":"completed"}}}])"s;
        for (auto at = text.find("TURN"); at != std::string::npos; at = text.find("TURN")) text.replace(at, 4, turn);
        REQUIRE(house.stage.wait_for(house.ingest.accept("w", json::parse(text))).has_value());
        most = std::max(most, house.rows("w").size());
    }
    CHECK(most < 2 * (limits::worker_turns + limits::worker_turns_over));
    auto rows = house.rows("w");
    CHECK(rows.size() >= 2 * limits::worker_turns);
    CHECK(rows.size() % 2 == 0);
    CHECK(rows.back().turn_id == "t199");
    CHECK(house.records("turn", "w") == rows.size() / 2);
    CHECK(house.records("turn.open", "w") == 0);
}

TEST_CASE("chats made in one millisecond are listed newest first") {
    House house;
    std::vector<std::string> made, listed;
    for (int i = 0; i < 20; ++i) made.insert(made.begin(), house.chat());
    auto page = house.sessions.list(session::ListQuery()).value();
    for (const auto& session : page.sessions) listed.push_back(session.id);
    CHECK(listed == made);
}

TEST_CASE("a worker's session is hidden, has its owner's lane, and is forgotten without a stone") {
    House house;
    auto made = house.stage.wait_for(house.sessions.create_system_session("p", "explainer", "w", Effects()));
    REQUIRE(made.has_value());
    CHECK(house.sessions.require_user_session("w").error().code == "system_session");
    CHECK(house.sessions.owner_of("w") == "p");
    CHECK(house.sessions.audience_of("w") == Audience::system);
    house.stage.wait_for(house.sessions.drop_system_session("w", Effects()));
    CHECK(house.sessions.require_user_session("w").error().code == "not_found");
    CHECK_FALSE(house.sessions.owner_of("w"));
}

TEST_CASE("jobs keep the trace of the request whose notifications made them, also those that had to wait") {
    Settings settings;
    settings.queue.max_per_project = 1;
    House house(settings);
    auto project = house.project();
    auto chat = house.chat(project);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::pause));
    for (const char* item : {"a", "b"}) CHECK(house.feed(chat, item, json::object{{"traceparent", item}}).has_value());
    CHECK(house.ingest.stats().explain_deferred == 1);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::resume));
    house.stage.advance(Millis{60'000});
    JobQuery query;
    query.owner = project;
    auto jobs = house.stage.wait_for(house.queue.list(query)).jobs;
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].metadata.at("traceparent") == "a");
    CHECK(jobs[1].metadata.at("traceparent") == "b");
}
