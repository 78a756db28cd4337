#include "runtime/builtin/builtin_runtime.hpp"

#include "base/ids.hpp"
#include "runtime/builtin/answer.hpp"
#include "support/runtime_log.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

struct Builtin {
    Stage stage;
    SeededRandom random{7};
    BuiltinRuntime runtime{stage.executor(), stage.time, random};
    NoticeLog log{runtime};

    Builtin() { stage.wait_for(runtime.start()); }
    ~Builtin() { stage.wait_for(runtime.stop()); }

    std::string start(TurnRequest request) { return stage.wait_for(runtime.start_turn(std::move(request))); }
    TurnView read(const std::string& thread, const std::string& turn) {
        return stage.wait_for(runtime.read_turn(thread, turn)).value();
    }
    std::string refusal(Task<void> task) {
        try {
            stage.wait_for(std::move(task));
        } catch (const RuntimeRefusal& e) {
            return e.code;
        }
        return "";
    }
};

TurnRequest explain_request() {
    auto request = turn_request("t1", "Explain.");
    request.client_message_id = "job_x:1";
    request.facts = json::parse(R"({"kind":"file_change_explain","truncated":false,
        "changes":[{"path":"src/a.cpp","kind":"update","diff":"@@ -1 +1 @@ int main()\n-old\n+new\n"}]})");
    return request;
}

}  // namespace

TEST_CASE("a turn of the built-in runtime tells its story in the app server's shape") {
    Builtin b;
    auto turn = b.start(explain_request());
    b.stage.advance(10s);
    auto methods = b.log.methods();
    REQUIRE(methods.size() >= 6);
    CHECK(methods.front() == "turn/started");
    CHECK(methods.back() == "turn/completed");
    CHECK(b.log.count("item/started") == 2);
    CHECK(b.log.count("item/completed") == 2);
    CHECK(b.log.count("item/agentMessage/delta") >= 1);

    const auto& ended = b.log.last("turn/completed");
    CHECK(ended.at("threadId") == "t1");
    CHECK(ended.at("turn").at("id").as_string() == turn);
    CHECK(ended.at("turn").at("status") == "completed");
    CHECK(ended.at("turn").at("error").is_null());
    CHECK(ended.at("turn").at("items").as_array().size() == 2);
    const auto& item = b.log.last("item/completed").at("item").as_object();
    CHECK(item.at("source") == "builtin");

    auto view = b.read("t1", turn);
    CHECK(view.status == TurnStatus::completed);
    CHECK(view.client_message_id == "job_x:1");
    CHECK(view.text.find("src/a.cpp") != std::string::npos);
    CHECK(item.at("text").as_string() == view.text);
}

TEST_CASE("the deltas of an answer, joined, are the answer") {
    Builtin b;
    b.start(turn_request("t1", "Look at lib/a.cpp and lib/b.cpp.\n\nWhat is wrong there?"));
    b.stage.advance(10s);
    std::string joined;
    for (const auto& notice : b.log.notices)
        if (notice.method == "item/agentMessage/delta") joined += notice.params.at("delta").as_string();
    REQUIRE(b.log.texts("agentMessage").size() == 1);
    CHECK(joined == b.log.texts("agentMessage").front());
    CHECK(joined.find("lib/a.cpp") != std::string::npos);
}

TEST_CASE("the facts of a turn decide what the built-in runtime answers") {
    auto facts = json::parse(R"({"kind":"suggest_reply","draft":"","transcript":[
        {"role":"user","text":"Rename the flag."},{"role":"assistant","text":"Done. Shall I run the tests?"}]})");
    auto suggestion = builtin::answer(facts, "prose that is not read", "");
    CHECK(suggestion.find("prose") == std::string::npos);
    CHECK(suggestion.size() <= 400);
    auto digest = builtin::answer(nullptr, "See README.md", "and config/a.json");
    CHECK(digest.find("README.md") != std::string::npos);
    CHECK(digest.find("config/a.json") != std::string::npos);
}

TEST_CASE("paragraphs of an answer are never more than forty and lose nothing") {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "part\n\n";
    auto parts = builtin::paragraphs(text);
    CHECK(parts.size() == 40);
    std::string joined;
    for (const auto& part : parts) joined += part;
    CHECK(joined == text);
}

TEST_CASE("a text can ask for a pause, of a minute at most") {
    CHECK(builtin::asked_pause("/pause 20s please") == 20s);
    CHECK(builtin::asked_pause("/pause 250ms") == 250ms);
    CHECK(builtin::asked_pause("/pause 4000s") == 60s);
    CHECK(builtin::asked_pause("/pause 99999999999s") == 0s);
    CHECK(builtin::asked_pause("/pause soon") == 0s);
    CHECK(builtin::asked_pause("please /pause 20s") == 0s);
}

TEST_CASE("an interrupted turn ends at once, and only an active one can be interrupted") {
    Builtin b;
    auto turn = b.start(turn_request("t1", "/pause 30s"));
    b.stage.advance(1s);
    CHECK(b.read("t1", turn).status == TurnStatus::in_progress);
    CHECK(b.refusal(b.runtime.interrupt_turn("t1", "turn_other")) == "invalid_state");
    CHECK(b.refusal(b.runtime.interrupt_turn("t2", turn)) == "invalid_state");
    b.stage.wait_for(b.runtime.interrupt_turn("t1", turn));
    b.stage.settle();
    CHECK(b.read("t1", turn).status == TurnStatus::interrupted);
    CHECK(b.log.last("turn/completed").at("turn").at("status") == "interrupted");
    CHECK(b.log.texts("agentMessage").empty());
    CHECK(b.refusal(b.runtime.interrupt_turn("t1", turn)) == "invalid_state");
}

TEST_CASE("a steered text joins the running turn") {
    Builtin b;
    auto turn = b.start(turn_request("t1", "/pause 5s then look at one.py"));
    b.stage.advance(1s);
    b.stage.wait_for(b.runtime.steer_turn("t1", turn, "and at two.py", "msg_2"));
    b.stage.advance(20s);
    CHECK(b.log.texts("userMessage").size() == 2);
    auto has_id = [](const RuntimeNotice& notice) {
        const auto* item = notice.params.if_contains("item");
        const auto* id = item ? item->as_object().if_contains("clientId") : nullptr;
        return notice.method == "item/completed" && id && *id == "msg_2";
    };
    CHECK(std::count_if(b.log.notices.begin(), b.log.notices.end(), has_id) == 1);
    REQUIRE(b.log.texts("agentMessage").size() == 1);
    CHECK(b.log.texts("agentMessage").front().find("two.py") != std::string::npos);
    CHECK(b.refusal(b.runtime.steer_turn("t1", turn, "too late", "msg_3")) == "invalid_state");
}

TEST_CASE("a busy thread takes no second turn, an idle and an unknown one do") {
    Builtin b;
    b.start(turn_request("t1", "/pause 5s"));
    CHECK_THROWS_AS(b.start(turn_request("t1", "me too")), RuntimeRefusal);
    CHECK_NOTHROW(b.start(turn_request("never seen", "hello")));
    b.stage.advance(20s);
    CHECK_NOTHROW(b.start(turn_request("t1", "now")));
    b.stage.advance(20s);
}

TEST_CASE("recent turns are remembered, within bounds, until their thread is deleted or reverted") {
    Builtin b;
    std::vector<std::string> turns;
    for (std::size_t i = 0; i < builtin::TurnMemory::kept_turns + 5; ++i) {
        turns.push_back(b.start(turn_request("t1", "hello")));
        b.stage.advance(2s);
    }
    CHECK_FALSE(b.stage.wait_for(b.runtime.read_turn("t1", turns.front())));
    CHECK(b.stage.wait_for(b.runtime.read_turn("t1", turns.back())));
    b.stage.wait_for(b.runtime.revert_thread("t1", 1));
    CHECK_FALSE(b.stage.wait_for(b.runtime.read_turn("t1", turns.back())));
    b.stage.wait_for(b.runtime.delete_thread("t1"));
    CHECK_FALSE(b.stage.wait_for(b.runtime.read_turn("t1", turns[turns.size() - 2])));
}

TEST_CASE("what the built-in runtime cannot do it says") {
    Builtin b;
    CHECK(b.refusal(b.runtime.compact_thread("t1")) == "method_not_supported");
    try {
        b.stage.wait_for(b.runtime.call("model/list", {}));
        FAIL("it answered");
    } catch (const RuntimeRefusal& e) {
        CHECK(e.code == "method_not_supported");
    }
    CHECK(b.runtime.describe().at("adapter") == "builtin");
    CHECK(b.runtime.capabilities().at("turn/start") == "available");
}

TEST_CASE("a stop cuts running turns off without a word, and later calls find nobody") {
    Builtin b;
    b.start(turn_request("t1", "/pause 30s"));
    b.stage.advance(1s);
    b.stage.wait_for(b.runtime.stop());
    b.stage.wait_for(b.runtime.stop());
    CHECK(b.log.count("turn/completed") == 0);
    CHECK_FALSE(b.runtime.available());
    CHECK_THROWS_AS(b.start(turn_request("t1", "hello")), RuntimeUnavailable);
}
