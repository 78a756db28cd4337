#include "runtime/codex/params.hpp"

#include "runtime/codex/replies.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::codex;

TEST_CASE("a turn is asked for with what the request says and nothing else") {
    TurnRequest request;
    request.thread_id = "th";
    request.text = "hello";
    CHECK(json::serialize(turn_start_params(request)) ==
          R"({"threadId":"th","input":[{"type":"text","text":"hello","text_elements":[]}]})");
    request.client_message_id = "job_1:2";
    request.model = "m";
    request.effort = "high";
    request.approval_policy = "on-failure";
    request.sandbox = "workspace-write";
    request.network_access = "enabled";
    auto params = turn_start_params(request);
    CHECK(params.at("clientUserMessageId").as_string() == "job_1:2");
    CHECK(params.at("approvalPolicy").as_string() == "on-request");
    CHECK(json::serialize(params.at("sandboxPolicy")) == R"({"type":"workspaceWrite","networkAccess":true})");
    CHECK(params.at("model").as_string() == "m");
    CHECK(params.at("effort").as_string() == "high");
}

TEST_CASE("each sandbox has its policy, and the network is closed unless it is opened") {
    TurnRequest request;
    request.sandbox = "read-only";
    CHECK(json::serialize(turn_start_params(request).at("sandboxPolicy")) == R"({"type":"readOnly","networkAccess":false})");
    request.sandbox = "danger-full-access";
    CHECK(json::serialize(turn_start_params(request).at("sandboxPolicy")) == R"({"type":"dangerFullAccess"})");
}

TEST_CASE("a thread starts with what its options say") {
    ThreadOptions options;
    CHECK(thread_start_params(options).empty());
    options.cwd = "/somewhere";
    options.approval_policy = "never";
    options.sandbox = "read-only";
    options.model = "m";
    CHECK(json::serialize(thread_start_params(options)) ==
          R"({"cwd":"/somewhere","model":"m","approvalPolicy":"never","sandbox":"read-only"})");
}

TEST_CASE("a page of turns tells how each stands, what it said last, and which message began it") {
    auto page = read_turn_page(json::parse(R"({"data":[
        {"id":"t2","status":"failed","error":{"message":"quota"},"items":[]},
        {"id":"t1","status":"completed","error":null,"items":[
            {"type":"userMessage","id":"u","clientId":"job_1:1"},{"type":"agentMessage","id":"a","text":"first"},
            {"type":"userMessage","id":"v","clientId":"steered"},{"type":"agentMessage","id":"b","text":"last"}]},
        {"id":"t0","status":"inProgress","items":[]}],"nextCursor":"more"})"));
    REQUIRE(page.turns.size() == 3);
    CHECK(page.turns[0].status == TurnStatus::failed);
    CHECK(page.turns[0].error == "quota");
    CHECK(page.turns[1].status == TurnStatus::completed);
    CHECK(page.turns[1].text == "last");
    CHECK(page.turns[1].client_message_id == "job_1:1");
    CHECK(page.turns[1].items == 4);
    CHECK(page.turns[2].status == TurnStatus::in_progress);
    CHECK(page.next == json::value("more"));
}

TEST_CASE("answers of another shape read as nothing") {
    CHECK(read_turn_page(json::value()).turns.empty());
    CHECK(read_turn_page(json::parse(R"({"data":[1,{"id":5}]})")).turns.size() == 1);
    CHECK(thread_id_of(json::parse(R"({"thread":{"id":"x"}})")) == "x");
    CHECK(thread_id_of(json::array()).empty());
    CHECK(turn_id_of(json::parse(R"({"turn":7})")).empty());
}

TEST_CASE("a review on a thread of its own runs elsewhere") {
    CHECK(runs_elsewhere(json::parse(R"({"turn":{"id":"t"},"reviewThreadId":"review"})"), "mine"));
    CHECK_FALSE(runs_elsewhere(json::parse(R"({"turn":{"id":"t"},"reviewThreadId":"mine"})"), "mine"));
    CHECK_FALSE(runs_elsewhere(json::parse(R"({"turn":{"id":"t"}})"), "mine"));
    CHECK_FALSE(runs_elsewhere(json::value(), "mine"));
}

TEST_CASE("a page of whole turns tells which one a message is part of, and what ended in it") {
    auto page = json::parse(R"({"data":[
        {"id":"t2","status":"completed","items":[{"type":"userMessage","id":"u2","clientId":"msg_2"}]},
        {"id":"t1","status":"interrupted","items":[{"type":"userMessage","id":"u1","clientId":"msg_1"},
            {"type":"userMessage","id":"s1","clientId":"steered"},{"type":"reasoning","id":"r"},
            {"type":"fileChange","id":"f","status":"inProgress"}]}]})");
    CHECK(turn_of_message(page, "steered")->turn_id == "t1");
    CHECK(turn_of_message(page, "msg_2")->status == TurnStatus::completed);
    CHECK(turn_of_message(page, "msg_2", {"t2"}));  // it completed all the same
    CHECK_FALSE(turn_of_message(page, "msg_1", {"t1"}));
    CHECK_FALSE(turn_of_message(page, "msg_3"));
    CHECK_FALSE(turn_of_message(json::value(), "msg_1"));
    CHECK(items_of(page, "t1")->size() == 3);
    CHECK_FALSE(items_of(page, "t3"));
}
