// Messages over the whole way from the conversation to the transcript: what is kept, until when, and what becomes of it.
#include "agents/conversation.hpp"

#include "agents/session_controls.hpp"
#include "message_rig.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

std::string active_turn(House& house, const std::string& chat) {
    return house.stage.wait_for(house.sessions.view(chat)).value().thread.at("activeTurnId").as_string().c_str();
}

/// The same, and the runtime takes nothing more for it.
std::string interrupted_turn(House& house, const std::string& chat) {
    auto turn = active_turn(house, chat);
    house.stage.wait_for(house.runtime.interrupt_turn(chat, turn));
    return turn;
}

Result<SentMessage> steer(House& house, const std::string& chat, const std::string& text) {
    auto turn = active_turn(house, chat);
    return house.stage.wait_for(house.sessions.conversation().steer(chat, turn, text));
}

/// Neither said nor kept.
bool is_forgotten(House& house, const std::string& chat, const std::string& text) {
    return house.said(chat, text) == 0 && house.records(sent, chat) == 0;
}

bool touches(const Mutation& mutation, std::string_view put, std::string_view deleted) {
    auto is_put = [&](const RecordPut& one) { return one.kind == put; };
    auto is_delete = [&](const RecordDelete& one) { return one.kind == deleted; };
    const auto& effects = mutation.effects;
    return std::any_of(effects.puts.begin(), effects.puts.end(), is_put) &&
           std::any_of(effects.deletes.begin(), effects.deletes.end(), is_delete);
}

}  // namespace

TEST_CASE("a steered text is kept before the runtime has it, and until its row is there") {
    House house;
    auto chat = busy_chat(house);
    std::vector<std::string> commits;
    house.store.before_commit = [&](const Mutation& mutation) {
        for (const auto& put : mutation.effects.puts)
            if (put.kind == sent || put.kind == "row.base") commits.push_back(put.kind);
    };
    CHECK(steer(house, chat, "one thing more").has_value());
    house.say(chat, "and another", WhenBusy::steer);
    house.pass(10ms);
    REQUIRE(commits.size() >= 2);
    CHECK(commits.front() == sent);
    CHECK(house.said(chat, "one thing more") == 1);
    CHECK(house.said(chat, "and another") == 1);
    CHECK(house.records(sent, chat) == 0);
}

TEST_CASE("a steer that cannot be kept is not accepted, and the turn does not hear of it") {
    House house;
    auto chat = busy_chat(house);
    auto turn = active_turn(house, chat);
    house.store.break_disk(true);
    CHECK_THROWS_AS(house.stage.wait_for(house.sessions.conversation().steer(chat, turn, "lost")), StorageUnavailable);
    CHECK_THROWS_AS(house.say(chat, "lost", WhenBusy::steer), StorageUnavailable);
    house.store.break_disk(false);
    house.pass(20s);
    CHECK(is_forgotten(house, chat, "lost"));
}

TEST_CASE("a steer that the turn refuses leaves nothing behind") {
    House house;
    auto chat = busy_chat(house);
    auto turn = interrupted_turn(house, chat);
    auto refused = house.stage.wait_for(house.sessions.conversation().steer(chat, turn, "too late"));
    CHECK_FALSE(refused.has_value());
    house.pass(1s);
    CHECK(is_forgotten(house, chat, "too late"));
}

TEST_CASE("a queued message goes from the line to the runtime in one commit, and is gone from both with its row") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.say(chat, "second", WhenBusy::queue);
    CHECK(house.records(waiting, chat) == 1);
    int moves = 0;
    house.store.before_commit = [&](const Mutation& mutation) { moves += touches(mutation, sent, waiting); };
    house.pass(20s);
    CHECK(moves == 1);
    CHECK(house.said(chat, "second") == 1);
    CHECK(house.records(waiting, chat) == 0);
    CHECK(house.records(sent, chat) == 0);
}

TEST_CASE("queued messages start once and in their order, though the disk was full when their time came") {
    House house;
    auto chat = busy_chat(house, "1s");
    for (const char* text : {"second", "third"}) house.say(chat, text, WhenBusy::queue);
    house.store.break_disk(true);
    house.pass(0ms);
    house.stage.advance(3s);
    house.store.break_disk(false);
    house.stage.advance(3s);
    house.say(chat, "one that ends", WhenBusy::queue);
    house.pass(20s);
    std::vector<std::string> asked;
    for (const auto& row : house.rows(chat))
        if (row.role == transcript::Role::user) asked.push_back(row.content);
    CHECK(asked == std::vector<std::string>{"/pause 1s first", "second", "third", "one that ends"});
}

TEST_CASE("archiving a chat interrupts nothing, and what waits in it starts when it is back") {
    House house;
    auto chat = busy_chat(house, "1s");
    house.say(chat, "second", WhenBusy::queue);
    CHECK(house.stage.wait_for(house.sessions.archive(chat)).has_value());
    house.pass(20s);
    auto turns = house.stage.wait_for(house.sessions.view(chat)).value().thread.at("turns").as_array();
    REQUIRE(turns.size() == 1);
    CHECK(turns[0].at("status") == "completed");
    CHECK(house.said(chat, "second") == 0);
    CHECK(house.records(waiting, chat) == 1);
    CHECK(house.stage.wait_for(house.sessions.unarchive(chat)).has_value());
    house.pass(20s);
    CHECK(house.said(chat, "second") == 1);
    CHECK(house.records(waiting, chat) == 0);
}

TEST_CASE("what is kept of a chat's messages goes in the commit that deletes the chat") {
    House house;
    auto chat = busy_chat(house);
    house.say(chat, "second", WhenBusy::queue);
    Effects held;
    held.puts.emplace_back(std::string(sent), chat, "msg_held", json::object{{"text", "held"}});
    held.puts.emplace_back("message.turn", chat, "msg_told", json::object{{"turnId", "t"}});
    held.puts.emplace_back("suggestion", chat, "request", json::object{{"status", "complete"}});
    house.stage.wait_for(house.ledger.commit(house.stage.time.wall(), std::move(held))).value();
    int together = 0;
    house.store.before_commit = [&](const Mutation& mutation) {
        bool last = touches(mutation, "session.deleted", "session");
        together += last && touches(mutation, "session.deleted", waiting) && touches(mutation, "session.deleted", sent);
    };
    CHECK(house.stage.wait_for(house.sessions.remove(chat)).has_value());
    CHECK(together == 1);
    house.pass(20s);
    CHECK(house.records(waiting, chat) == 0);
    for (auto kind : {sent, std::string_view("message.turn"), std::string_view("suggestion")}) CHECK(house.records(kind, chat) == 0);
    CHECK(house.stage.wait_for(house.store.records_of_kind(std::string(sent), 0, 10)).empty());
}

TEST_CASE("what a chat that is gone left of its messages is forgotten at the next start") {
    House house;
    Effects left;
    for (auto kind : {waiting, sent}) left.puts.emplace_back(std::string(kind), "gone", "msg_left", json::object{{"text", "x"}});
    house.stage.wait_for(house.ledger.commit(house.stage.time.wall(), std::move(left))).value();
    house.stage.wait_for(house.sessions.start());
    CHECK(house.records(waiting, "gone") == 0);
    CHECK(house.records(sent, "gone") == 0);
}

TEST_CASE("a chat does not come to be in a project that goes meanwhile") {
    House house;
    auto project = house.project();
    Effects going;  // the store's word counts, before the directory knows
    going.deletes.emplace_back("project", "", project);
    house.stage.wait_for(house.ledger.commit(house.stage.time.wall(), std::move(going))).value();
    NewSession wanted;
    wanted.project_id = project;
    CHECK(house.stage.wait_for(house.sessions.create(wanted)).error().code == "project_not_found");
    auto chat = house.chat();
    CHECK(house.stage.wait_for(house.sessions.assign_project(chat, project)).error().code == "project_not_found");
    CHECK_FALSE(house.sessions.find(chat)->project_id);
    CHECK(house.stage.wait_for(house.store.records_of_kind("session", 0, 10)).size() == 1);
}

TEST_CASE("an answer that was interrupted is canceled, also when nothing of it was said") {
    House house;
    auto chat = house.chat();
    house.say(chat, "hello");
    CHECK(house.stage.wait_for(house.sessions.conversation().interrupt(chat, std::nullopt)).has_value());
    house.pass(1s);
    auto rows = house.rows(chat);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].status == transcript::Status::complete);
    CHECK(rows[1].status == transcript::Status::canceled);
    CHECK(rows[1].completed_at);
}

TEST_CASE("a worker's session runs with fixed controls, whatever users' defaults are") {
    House house;
    auto chat = house.chat();
    ControlChange change;
    change.scope = ControlScope::defaults;
    change.model = std::optional<std::string>("gpt-users");
    change.network_access = "enabled";
    change.filesystem_sandbox = "danger-full-access";
    change.settings = json::object{{"theme", "dark"}};
    CHECK(house.stage.wait_for(house.sessions.controls().change(chat, change)).has_value());
    auto worker = house.stage.wait_for(house.sessions.create_system_session("p", "explainer", "w", Effects())).value();
    CHECK_FALSE(worker.controls.model);
    CHECK(worker.controls.approval_policy == "never");
    CHECK(worker.controls.network_access == "restricted");
    CHECK(worker.controls.filesystem_sandbox == "read-only");
    CHECK(worker.controls.settings.empty());
}

TEST_CASE("the answer to a message is kept in the commit that accepts it, however it is sent") {
    for (auto when_busy : {WhenBusy::reject, WhenBusy::queue, WhenBusy::steer}) {
        House house;
        auto chat = when_busy == WhenBusy::reject ? house.chat() : busy_chat(house, "1s");
        int together = 0;
        house.store.before_commit = [&](const Mutation& mutation) {
            const auto& puts = mutation.effects.puts;
            auto is = [&](std::string_view kind) {
                return std::any_of(puts.begin(), puts.end(), [&](const RecordPut& put) { return put.kind == kind; });
            };
            together += is("answer") && (is(sent) || is(waiting));
        };
        auto message = kept_message("with a key", when_busy);
        auto answer = house.stage.wait_for(house.sessions.conversation().send(chat, message));
        REQUIRE(answer.has_value());
        CHECK(together == 1);
        CHECK(house.records("answer", "") == 1);
        house.pass(20s);
        CHECK(house.said(chat, "with a key") == 1);
        auto found = house.stage.wait_for(house.sessions.conversation().recall(chat, answer->message_id));
        REQUIRE(found);
        CHECK_FALSE(found->queued);
        CHECK_FALSE(found->turn_id.empty());
        if (!answer->queued) CHECK(found->turn_id == answer->turn_id);
    }
}

TEST_CASE("a message that the runtime refuses takes its kept answer along") {
    House house;
    auto chat = busy_chat(house);
    auto turn = interrupted_turn(house, chat);
    auto refused = house.stage.wait_for(house.sessions.conversation().steer(chat, turn, "too late", keeper()));
    CHECK_FALSE(refused.has_value());
    CHECK(house.records("answer", "") == 0);
}
