#include "agents/item_row.hpp"
#include "agents/notice.hpp"
#include "agents/notice_plan.hpp"
#include "runtime/notices.hpp"
#include "support/catch.hpp"
#include "transcript/merge.hpp"

using namespace lanekeeper;

namespace {

session::Session live_chat(bool hidden = false) {
    session::Session session;
    session.id = "s";
    session.runtime_thread_id = "s";
    session.system_owned = hidden;
    return session;
}

NoticePlan plan(const RuntimeNotice& notice, OpenItems& open, const session::Session& session = live_chat()) {
    return plan_notice(session, notice, TurnOrigin::runtime, open, from_ms(1000));
}

const RecordPut* put_of(const NoticePlan& plan, const std::string& kind) {
    for (const auto& put : plan.effects.puts)
        if (put.kind == kind) return &put;
    return nullptr;
}

RuntimeNotice parsed(const char* method, const char* params) {
    return RuntimeNotice(method, json::parse(params).as_object());
}

}  // namespace

TEST_CASE("methods are signals in snake case") {
    CHECK(app_server_type("item/agentMessage/delta") == "app_server.item.agent_message.delta");
    CHECK(app_server_type("thread/tokenUsage/updated") == "app_server.thread.token_usage.updated");
    CHECK(app_server_type("turn/started") == "app_server.turn.started");
    CHECK(app_server_type("new-thing/X") == "app_server.new_thing.x");
}

TEST_CASE("deltas, progress, whole-turn diffs and token usage are not kept") {
    for (const char* method : {"item/agentMessage/delta", "item/reasoning/summaryTextDelta", "item/commandExecution/outputDelta",
                               "item/mcpToolCall/progress", "turn/diff/updated", "thread/tokenUsage/updated"})
        CHECK(is_live_only(method));
    for (const char* method : {"item/started", "item/completed", "turn/plan/updated", "brand/new", "delta/x"})
        CHECK_FALSE(is_live_only(method));
}

TEST_CASE("a notice without its members is passed on as it is") {
    for (const char* params : {"{}", R"({"turnId":5})", R"({"turnId":"t"})", R"({"turnId":"t","item":[]})", R"({"turnId":"t","item":{}})"})
        CHECK(read_notice(parsed("item/completed", params)).kind == NoticeFacts::Kind::other);
    CHECK(read_notice(parsed("turn/started", R"({"turn":{"id":"t"}})")).turn_id == "t");
}

TEST_CASE("a turn's notices become rows, from streaming to complete") {
    OpenItems open;
    auto begun = plan(notices::turn_started("s", "t"), open);
    CHECK(put_of(begun, "turn.open"));
    CHECK(begun.session_members.at("materialized") == true);
    auto item = notices::agent_message("i", "", "builtin");
    auto started = plan(notices::item_started("s", "t", item), open);
    CHECK(put_of(started, "row.base")->body.at("status") == "streaming");
    CHECK(put_of(started, "row.base")->key == "t/i");
    auto delta = plan(notices::message_delta("s", "t", "i", "half"), open);
    CHECK(delta.effects.empty());
    CHECK(delta.live.size() == 2);
    auto said = plan(notices::item_completed("s", "t", notices::agent_message("i", "whole", "builtin")), open);
    CHECK(put_of(said, "row.base")->body.at("content") == "whole");
    TurnView view;
    view.turn_id = "t";
    view.status = TurnStatus::completed;
    auto ended = plan(notices::turn_completed("s", view, {}), open);
    CHECK_FALSE(put_of(ended, "row.base"));
    CHECK(ended.effects.deletes.at(0).kind == "turn.open");
    CHECK(open.empty());
}

TEST_CASE("a turn that ends closes the items that it left open, with what they had said") {
    OpenItems open;
    plan(notices::turn_started("s", "t"), open);
    auto started = plan(notices::item_started("s", "t", notices::agent_message("i", "", "builtin")), open);
    plan(notices::message_delta("s", "t", "i", "so "), open);
    plan(notices::message_delta("s", "t", "i", "far"), open);
    TurnView view;
    view.turn_id = "t";
    view.status = TurnStatus::interrupted;
    auto ended = plan(notices::turn_completed("s", view, {}), open);
    auto row = transcript::merge_row(put_of(started, "row.base")->body, put_of(ended, "row.base")->body);
    CHECK(row.at("status") == "canceled");
    CHECK(row.at("content") == "so far");
    CHECK(row.at("type") == "agentMessage");
    CHECK(row.at("role") == "assistant");
}

TEST_CASE("a turn that nobody announced begins with its first item, and is announced once") {
    OpenItems open;
    auto heard = plan(notices::item_started("s", "t", notices::agent_message("i", "", "")), open);
    CHECK(put_of(heard, "turn")->body.at("status") == "inProgress");
    CHECK(put_of(heard, "turn.open"));
    CHECK(open.open_in("t") == std::set<std::string>{"i"});
    auto next = plan(notices::item_completed("s", "t", notices::agent_message("i", "x", "")), open);
    CHECK_FALSE(put_of(next, "turn"));
    CHECK(open.open_in("t").empty());
}

TEST_CASE("what is heard late, or of an agent elsewhere, makes a turn known that is over, and a later announcement counts") {
    for (auto origin : {TurnOrigin::runtime, TurnOrigin::external}) {
        OpenItems open;
        auto notice = notices::item_completed("s", "t", notices::agent_message("i", "x", ""));
        bool late = origin == TurnOrigin::runtime;
        auto implied = plan_notice(live_chat(), notice, origin, open, from_ms(1000), late);
        const auto* turn = put_of(implied, "turn");
        REQUIRE(turn);
        CHECK_FALSE(put_of(implied, "turn.open"));
        auto told = plan(notices::turn_started("s", "t"), open);
        auto merged = put_of(told, "turn")->merge(turn->body, put_of(told, "turn")->body);
        CHECK(merged.at("status") == "inProgress");
        auto still = turn->merge(merged, turn->body);
        CHECK(still.at("status") == "inProgress");
    }
}

TEST_CASE("an ended turn is not opened again by what comes late") {
    OpenItems open;
    TurnView view;
    view.turn_id = "t";
    view.status = TurnStatus::failed;
    auto ended = plan(notices::turn_completed("s", view, {}), open);
    auto late = plan(notices::turn_started("s", "t"), open);
    auto merged = put_of(late, "turn")->merge(put_of(ended, "turn")->body, put_of(late, "turn")->body);
    CHECK(merged.at("status") == "failed");
}

TEST_CASE("what happens in a hidden session is told to nobody but operators who ask for it") {
    OpenItems open;
    auto heard = plan(notices::turn_started("s", "t"), open, live_chat(true));
    for (const auto& event : heard.effects.events) CHECK(event.audience == Audience::system);
    auto live = plan(notices::message_delta("s", "t", "i", "x"), open, live_chat(true));
    for (const auto& event : live.live) CHECK(event.audience == Audience::system);
}

TEST_CASE("a thread of another id is told under the session's own") {
    OpenItems open;
    auto told = plan(notices::turn_started("runtime-thread", "t"), open);
    CHECK(told.effects.events.at(1).payload.at("params").at("threadId") == "s");
    CHECK(told.effects.events.at(0).thread_id == "s");
}
