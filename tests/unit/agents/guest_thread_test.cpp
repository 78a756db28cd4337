#include "agents/guest_thread.hpp"
#include "support/catch.hpp"

namespace lanekeeper {
namespace {

json::object thread(json::object members) {
    json::object object{{"id", "t1"},         {"name", nullptr},         {"preview", "mend the roof\nplease"},
                        {"cwd", "/home"},     {"modelProvider", "some"}, {"source", "cli"},
                        {"createdAt", 1000},  {"updatedAt", 2000},       {"originator", "codex_cli"},
                        {"ephemeral", false}, {"parentThreadId", nullptr}, {"path", "/x/sessions/2026/rollout.jsonl"}};
    for (auto& member : members) object[member.key()] = std::move(member.value());
    return object;
}

std::optional<session::Session> read(json::object members) { return guest_session(thread(std::move(members)), session::Controls()); }

json::object turn(const char* id, const char* status, json::array items) {
    return {{"id", id}, {"status", status}, {"startedAt", 5}, {"completedAt", 7}, {"items", std::move(items)}};
}

json::object said(const char* id, const char* text) { return {{"id", id}, {"type", "agentMessage"}, {"text", text}}; }

}  // namespace

TEST_CASE("A thread of another program reads as a chat with the beginning of its first message as title") {
    auto guest = read({});
    REQUIRE(guest);
    CHECK(guest->id == "t1");
    CHECK(guest->runtime_thread_id == "t1");
    CHECK(guest->title == "mend the roof");
    CHECK(guest->source == "cli");
    CHECK(guest->materialized);
    CHECK_FALSE(guest->archived);
    CHECK_FALSE(guest->system_owned);
    CHECK(to_ms(guest->created_at) == 1'000'000);
    CHECK(read({{"name", "Roof"}})->title == "Roof");
    CHECK(read({{"preview", ""}})->title == "New chat");
    CHECK(read({{"path", "/x/archived_sessions/rollout.jsonl"}})->archived);
}

TEST_CASE("What this daemon made and what is no person's chat is not a guest") {
    CHECK_FALSE(read({{"originator", "lanekeeper"}}));
    CHECK_FALSE(read({{"source", json::object{{"subAgent", "review"}}}}));
    CHECK_FALSE(read({{"parentThreadId", "t0"}}));
    CHECK_FALSE(read({{"ephemeral", true}}));
    CHECK_FALSE(read({{"id", nullptr}}));
}

TEST_CASE("Earlier turns become closed rows in the order in which they were said") {
    auto history = guest_history({turn("b", "inProgress", {said("m2", "second")}), turn("a", "completed", {said("m1", "first")})}, 10);
    REQUIRE(history.turns.size() == 2);
    CHECK(history.turns[0].turn_id == "a");
    CHECK(history.turns[0].started_at == 5000);
    CHECK(history.turns[1].status == "interrupted");
    REQUIRE(history.rows.size() == 2);
    CHECK(history.rows[0].content == "first");
    CHECK(history.rows[1].turn_id == "b");
    CHECK(history.rows[1].status == transcript::Status::complete);
}

TEST_CASE("What does not fit is left out by whole turns, the oldest first") {
    auto history = guest_history({turn("b", "completed", {said("m3", "x"), said("m4", "y")}), turn("a", "completed", {said("m1", "z")})}, 2);
    REQUIRE(history.turns.size() == 1);
    CHECK(history.turns[0].turn_id == "b");
    CHECK(history.rows.size() == 2);
}

}  // namespace lanekeeper
