#include "agents/question.hpp"

#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

Question asked(const char* method, const char* params) {
    Question question;
    question.id = "approval_1";
    question.kind = question_kind(method).value();
    question.session_id = "chat";
    question.method = method;
    question.params = json::parse(params).as_object();
    return question;
}

std::string answer(const Question& question, const char* body) { return json::serialize(answer_to(question, json::parse(body).as_object())); }

}  // namespace

TEST_CASE("what asks something of people is known by its method") {
    CHECK(question_kind("item/fileChange/requestApproval") == QuestionKind::approval);
    CHECK(question_kind("item/tool/requestUserInput") == QuestionKind::tool_input);
    CHECK(question_kind("item/tool/call") == QuestionKind::tool_call);
    CHECK_FALSE(question_kind("account/chatgptAuthTokens/refresh"));
}

TEST_CASE("an approval is shown with our id, its place, and what it is about") {
    auto view = to_json(asked("item/commandExecution/requestApproval",
                              R"({"threadId":"t","turnId":"u","itemId":"i","command":"touch x","reason":"why","cwd":"/w","approvalId":null})"));
    CHECK(view.at("approvalId").as_string() == "approval_1");
    CHECK(view.at("threadId").as_string() == "chat");
    CHECK(view.at("turnId").as_string() == "u");
    CHECK(view.at("summary").as_string() == "touch x");
    CHECK(json::serialize(view.at("details")) == R"({"command":"touch x","reason":"why","cwd":"/w"})");
    CHECK(view.at("status").as_string() == "pending");
}

TEST_CASE("a question's summary is what it is about, else its method") {
    auto summary = [](const char* method, const char* params) {
        auto view = to_json(asked(method, params));
        return std::string(view.at("summary").as_string());
    };
    CHECK(summary("item/tool/call", R"({"tool":"tide","arguments":{}})") == "tide");
    CHECK(summary("item/tool/requestUserInput", R"({"questions":[{"id":"q","question":"Which berth?"}]})") == "Which berth?");
    CHECK(summary("mcpServer/elicitation/request", R"({"message":"Which pier?"})") == "Which pier?");
    CHECK(summary("item/fileChange/requestApproval", "{}") == "change files");
    CHECK(summary("item/tool/requestUserInput", R"({"questions":[]})") == "item/tool/requestUserInput");
}

TEST_CASE("who is to approve changes to files is told which and what") {
    auto question = asked("item/fileChange/requestApproval", R"({"itemId":"call_1","startedAtMs":7})");
    question.changes = json::parse(R"([{"path":"/w/a.txt","kind":{"type":"add"},"diff":"one"}])");
    auto view = to_json(question);
    CHECK(view.at("summary") == "change /w/a.txt");
    CHECK(view.at("details") == json::value{{"changes", question.changes}, {"startedAtMs", 7}});
    for (auto* path : {"b", "c", "d", "e"}) question.changes.as_array().push_back(json::object{{"path", path}});
    CHECK(to_json(question).at("summary") == "change /w/a.txt, b, c and 2 more");
}

TEST_CASE("commands and file changes are decided in the runtime's words") {
    auto command = asked("item/commandExecution/requestApproval", "{}");
    CHECK(answer(command, R"({"decision":"accept"})") == R"({"decision":"accept"})");
    CHECK(answer(command, R"({"decision":"accept","scope":"session"})") == R"({"decision":"acceptForSession"})");
    CHECK(answer(command, R"({"decision":"decline","scope":"session"})") == R"({"decision":"decline"})");
    CHECK(answer(asked("item/fileChange/requestApproval", "{}"), R"({"decision":"cancel"})") == R"({"decision":"cancel"})");
}

TEST_CASE("permissions are granted as they were asked for, or not at all") {
    auto question = asked("item/permissions/requestApproval", R"({"permissions":{"network":{"enabled":true}}})");
    CHECK(answer(question, R"({"decision":"accept","scope":"session"})") ==
          R"({"permissions":{"network":{"enabled":true}},"scope":"session"})");
    CHECK(answer(question, R"({"decision":"decline","scope":"session"})") == R"({"permissions":{},"scope":"turn"})");
    CHECK(answer(asked("mcpServer/elicitation/request", "{}"), R"({"decision":"decline"})") == R"({"action":"decline","content":null})");
}

TEST_CASE("questions of tools are answered one by one, or left without answers") {
    auto question = asked("item/tool/requestUserInput", R"({"questions":[{"id":"q1"}]})");
    CHECK(to_json(question).at("questions").as_array().size() == 1);
    CHECK(answer(question, R"({"decision":"accept","answers":{"q1":{"answers":["yes"]}}})") == R"({"answers":{"q1":{"answers":["yes"]}}})");
    CHECK(answer(question, R"({"decision":"decline","answers":{"q1":{"answers":["yes"]}}})") == R"({"answers":{}})");
}

TEST_CASE("a tool call is answered with text, items, or both, and succeeds unless it says otherwise") {
    auto call = asked("item/tool/call", R"({"callId":"c","tool":"lookup","arguments":{"a":1}})");
    auto view = to_json(call);
    CHECK(view.at("requestId").as_string() == "approval_1");
    CHECK(view.at("arguments").at("a").as_int64() == 1);
    CHECK(answer(call, R"({"text":"found"})") == R"({"success":true,"contentItems":[{"type":"inputText","text":"found"}]})");
    CHECK(answer(call, R"({"success":false})") == R"({"success":false,"contentItems":[]})");
}

TEST_CASE("bodies that say nothing that can be decided are refused") {
    CHECK_FALSE(approval_decision_body().check(json::parse(R"({"decision":"perhaps"})")).empty());
    CHECK_FALSE(approval_decision_body().check(json::parse("{}")).empty());
    CHECK(approval_decision_body().check(json::parse(R"({"decision":"accept","scope":"turn"})")).empty());
    CHECK_FALSE(tool_call_response_body().check(json::parse(R"({"success":"yes"})")).empty());
    CHECK(tool_call_response_body().check(json::parse("{}")).empty());
}
