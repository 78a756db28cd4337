#include "runtime/codex/message.hpp"

#include "runtime/codex/asked.hpp"
#include "runtime/codex/line_reader.hpp"
#include "support/catch.hpp"

#include <random>

using namespace lanekeeper;
using namespace lanekeeper::codex;

TEST_CASE("a reply carries its call's id and its result") {
    auto message = read_message(R"({"id":7,"result":{"turn":{"id":"t"}}})");
    REQUIRE(message.kind == Message::Kind::reply);
    CHECK(message.id == 7);
    CHECK(message.result.at("turn").at("id").as_string() == "t");
    CHECK_FALSE(message.error);
}

TEST_CASE("a refusal carries code, sentence and data") {
    auto message = read_message(R"({"error":{"code":-32602,"message":"too long","data":{"max_chars":5}},"id":8})");
    REQUIRE(message.kind == Message::Kind::reply);
    CHECK(message.id == 8);
    REQUIRE(message.error);
    CHECK(message.error->code == -32602);
    CHECK(message.error->message == "too long");
    CHECK(message.error->data.at("max_chars").as_int64() == 5);
}

TEST_CASE("what has a method is never a reply, even under an id that a call of ours has") {
    auto asked = read_message(R"({"id":1,"method":"item/fileChange/requestApproval","params":{"itemId":"i"}})");
    REQUIRE(asked.kind == Message::Kind::request);
    CHECK(asked.request_id == json::value(1));
    CHECK(asked.params.at("itemId").as_string() == "i");
    auto told = read_message(R"({"method":"turn/started","params":{"threadId":"x"},"emittedAtMs":5})");
    REQUIRE(told.kind == Message::Kind::notification);
    CHECK(told.method == "turn/started");
    auto word = read_message(R"({"id":"a-1","method":"item/tool/call","params":{}})");
    CHECK(word.request_id == json::value("a-1"));
}

TEST_CASE("a notification without an object of parameters has none") {
    CHECK(read_message(R"({"method":"initialized"})").params.empty());
    CHECK(read_message(R"({"method":"x","params":null})").params.empty());
    CHECK(read_message(R"({"method":"x","params":[1]})").params.empty());
}

TEST_CASE("lines that are no message say why and do no harm") {
    for (const char* line : {"", "nonsense", "[1,2]", "{}", R"({"id":"word","result":1})", R"({"id":3})", "{\"id\":1,",
                             R"({"result":{}})", "\"text\"", "null"}) {
        INFO(line);
        auto message = read_message(line);
        CHECK(message.kind == Message::Kind::unreadable);
        CHECK_FALSE(message.problem.empty());
    }
}

TEST_CASE("deep nesting is read, absurd nesting is refused") {
    auto nested = [](int depth) { return R"({"method":"m","params":{"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}}"; };
    CHECK(read_message(nested(200)).kind == Message::Kind::notification);
    CHECK(read_message(nested(5000)).kind == Message::Kind::unreadable);
}

TEST_CASE("the head of a line that was cut tells which call it answers") {
    CHECK(answered_call(R"({"id":12,"result":{"data":[)") == 12);
    CHECK_FALSE(answered_call(R"({"id":12,"method":"item/tool/call","params")"));
    CHECK_FALSE(answered_call(R"({"method":"item/completed","params":{"id":12,"result")"));
    CHECK_FALSE(answered_call(R"({"id":)"));
    CHECK_FALSE(answered_call(""));
}

TEST_CASE("what is sent is one line each") {
    json::object params;
    params["text"] = "two\nlines \xC3\xA4";
    CHECK(request_line(3, "turn/start", params) == "{\"id\":3,\"method\":\"turn/start\",\"params\":{\"text\":\"two\\nlines \xC3\xA4\"}}\n");
    CHECK(notification_line("initialized") == "{\"method\":\"initialized\"}\n");
    CHECK(reply_line("q", json::object{{"decision", "decline"}}) == "{\"id\":\"q\",\"result\":{\"decision\":\"decline\"}}\n");
    CHECK(refusal_line(0, -32601, "no") == "{\"id\":0,\"error\":{\"code\":-32601,\"message\":\"no\"}}\n");
}

TEST_CASE("everything that the server asks for is declined in its own shape; what is not known is refused") {
    Message request;
    request.method = "item/commandExecution/requestApproval";
    CHECK(decline(request)->at("decision").as_string() == "decline");
    request.method = "item/permissions/requestApproval";
    CHECK(decline(request)->at("permissions").as_object().empty());
    request.method = "mcpServer/elicitation/request";
    CHECK(decline(request)->at("action").as_string() == "decline");
    request.method = "item/tool/call";
    CHECK_FALSE(decline(request)->at("success").as_bool());
    request.method = "something/new";
    CHECK_FALSE(decline(request));
}

TEST_CASE("garbled streams are survived, and whole messages between the garbage are read", "[fuzz]") {
    const std::string good = R"({"method":"turn/started","params":{"threadId":"x","turn":{"id":"t"}}})";
    std::mt19937 random(20260101);
    for (int round = 0; round < 2000; ++round) {
        std::string bytes;
        int whole = 0;
        for (int line = 0; line < 8; ++line) {
            auto text = good;
            bool garble = random() % 2 == 0;
            for (int hits = 0; garble && hits < 3; ++hits) text[random() % text.size()] = char(random() % 256);
            if (garble && random() % 4 == 0) text.resize(random() % text.size());
            if (!garble) ++whole;
            bytes += text + "\n";
        }
        LineReader reader(4096);
        int read = 0;
        std::size_t at = 0;
        while (at < bytes.size()) {
            auto size = 1 + random() % 50;
            for (const auto& line : reader.feed(std::string_view(bytes).substr(at, size)))
                if (read_message(line.text).kind == Message::Kind::notification && line.text == good) ++read;
            at += size;
        }
        if (read < whole) FAIL("round " << round << ": " << read << " of " << whole);
    }
}
