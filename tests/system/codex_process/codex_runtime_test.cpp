#include "codex_stage.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

codex::ServerOptions impatient(std::vector<std::string> flags) {
    auto options = codex::fake_server(std::move(flags));
    options.call_within = 200ms;
    options.probe_after = 1s;
    return options;
}

/// What came of the thread's last turn.
void until_known(Codex& codex) {
    codex.stage.until([&] { return codex.refusal(codex.runtime.turn_of_message("a", "m")).empty(); });
}

}  // namespace

TEST_CASE("a turn on codex is started, told of, and read") {
    Codex codex;
    auto thread = codex.stage.wait_for(codex.runtime.start_thread({}));
    CHECK(thread == "thread-1");
    auto turn = codex.turn(thread, "hello");
    codex.until_said("turn/completed");
    CHECK(codex.log.texts("agentMessage") == std::vector<std::string>{"echo: hello"});
    auto view = codex.stage.wait_for(codex.runtime.read_turn(thread, turn));
    REQUIRE(view);
    CHECK((view->status == TurnStatus::completed && view->text == "echo: hello"));
    CHECK_FALSE(codex.stage.wait_for(codex.runtime.read_turn(thread, "another")));
}

TEST_CASE("a thread with a turn refuses another one, and takes it once the first has ended") {
    Codex codex({"slow"});
    auto first = codex.turn("a");
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "and this"))) == "invalid_state");
    codex.turn("b");
    codex.until_said("turn/started", 2);
    codex.stage.wait_for(codex.runtime.interrupt_turn("a", first));
    codex.until_said("turn/completed");
    codex.turn("a");
}

TEST_CASE("an interrupt before the turn has started is kept until it has") {
    Codex codex({"slow"});
    auto turn = codex.turn("a");
    codex.stage.wait_for(codex.runtime.interrupt_turn("a", turn));
    codex.until_said("turn/completed");
    CHECK(codex.log.last("turn/completed").at("turn").at("status").as_string() == "interrupted");
    CHECK(codex.refusal(codex.runtime.interrupt_turn("a", turn)) == "invalid_state");
}

TEST_CASE("a turn whose end is told before its start was answered leaves its thread free") {
    Codex codex({"early"});
    codex.turn("a");
    codex.turn("a");
    CHECK(codex.log.count("turn/completed") == 2);
}

TEST_CASE("a thread that is not loaded is resumed first; one that is gone is not found") {
    Codex unloaded({"unloaded"});
    unloaded.turn("a");
    unloaded.until_said("turn/completed");
    Codex gone({"gone"});
    CHECK(gone.refusal(gone.runtime.start_turn(turn_request("a", "x"))) == "not_found");
    CHECK(gone.refusal(gone.runtime.start_turn(turn_request("a", "x"))) == "not_found");  // and not busy
    CHECK_FALSE(gone.stage.wait_for(gone.runtime.read_turn("a", "t")));
    gone.stage.wait_for(gone.runtime.rename_thread("a", "title"));
}

TEST_CASE("a thread that was unloaded is heard of again when it is used, and is not unloaded under a turn") {
    Codex codex;
    codex.turn("a");
    codex.until_said("turn/completed");
    codex.stage.wait_for(codex.runtime.unload_thread("a"));
    codex.turn("a");
    codex.until_said("turn/completed", 2);
    codex.turn("a");
    codex.until_said("turn/completed", 3);
    Codex slow({"slow"});
    slow.turn("a");
    CHECK(slow.refusal(slow.runtime.unload_thread("a")) == "invalid_state");
}

TEST_CASE("what codex asks for is declined, and the turn goes on") {
    Codex codex({"asks"});
    codex.turn("a");
    codex.until_said("turn/completed");
    CHECK(codex.log.texts("agentMessage") == std::vector<std::string>{"decline"});
}

TEST_CASE("a turn that died with its process is settled after the restart from what was written") {
    for (std::string status : {"completed", "interrupted", "inProgress"}) {
        INFO(status);
        Codex codex({"slow", "past=" + status});
        auto turn = codex.turn("a");
        REQUIRE(turn == "turn-1");
        codex.until_said("turn/started");
        codex.kill();
        codex.until_said("turn/completed");
        auto told = codex.log.last("turn/completed").at("turn").at("status").as_string();
        CHECK(told == (status == "completed" ? "completed" : "interrupted"));
        CHECK(codex.log.texts("agentMessage") == std::vector<std::string>{"from before"});
        codex.turn("a");
    }
}

TEST_CASE("while codex is away callers are told when to come back") {
    Codex codex({"dies=config/mcpServer/reload"});
    CHECK(codex.refusal(codex.runtime.call("config/mcpServer/reload", {})) == "unavailable");
    CHECK_FALSE(codex.runtime.available());
    CHECK(codex.refusal(codex.runtime.interrupt_turn("a", "t")) == "unavailable");
    codex.stage.until([&] { return codex.runtime.available(); });
    CHECK(codex.stage.wait_for(codex.runtime.start_thread({})) == "thread-1");
}

TEST_CASE("health is told who runs and since when not") {
    Codex codex;
    auto about = codex.runtime.describe();
    CHECK(about.at("adapter").as_string() == "codex");
    CHECK(about.at("codex").at("initialized").as_bool());
    codex.stage.until([&] { return codex.runtime.capabilities().size() == 10; });
    CHECK(codex.runtime.capabilities().at("model/list") == "available");
}

TEST_CASE("a turn whose start a hang swallowed takes no other turn with it: the thread waits until it has ended") {
    Codex codex(impatient({"slow", "joins", "hangs=turn/start"}));
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "first"))) == "runtime_timeout");
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "again"))) == "unavailable");
    CHECK(codex.refusal(codex.runtime.turn_of_message("a", "m")) == "unavailable");
    until_known(codex);
    auto turn = codex.turn("a", "again");
    codex.until_said("turn/started");
    CHECK(codex.log.last("turn/started").at("turn").at("id").as_string() == turn);
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "busy"))) == "invalid_state");
    CHECK(codex.log.count("turn/completed") == 0);
}

TEST_CASE("a late turn of which only the answer tells is interrupted, too") {
    Codex codex(impatient({"slow", "unsaid", "joins", "hangs=turn/start"}));
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "first"))) == "runtime_timeout");
    until_known(codex);
    codex.turn("a", "again");
}

TEST_CASE("a thread is free again when a late answer refuses the turn, and when none comes for long") {
    Codex refused(impatient({"gone", "hangs=turn/start"}));
    CHECK(refused.refusal(refused.runtime.start_turn(turn_request("a", "x"))) == "runtime_timeout");
    CHECK(refused.refusal(refused.runtime.start_turn(turn_request("a", "x"))) == "unavailable");
    refused.stage.until([&] { return refused.refusal(refused.runtime.start_turn(turn_request("a", "x"))) == "not_found"; });
    auto options = impatient({"deaf=turn/start"});
    options.probe_after = options.probe_within = 200ms;
    Codex deaf(std::move(options));
    CHECK(deaf.refusal(deaf.runtime.start_turn(turn_request("a", "x"))) == "runtime_timeout");
    CHECK(deaf.refusal(deaf.runtime.start_turn(turn_request("a", "x"))) == "unavailable");
    deaf.stage.until([&] { return deaf.refusal(deaf.runtime.start_turn(turn_request("a", "x"))) == "runtime_timeout"; });
}

TEST_CASE("an interrupt reaches a turn whose start was never said, by whatever else is heard of it or after a while") {
    for (std::string flag : {"stirs", "still"}) {
        INFO(flag);
        Codex codex({"slow", "unsaid", flag});
        auto turn = codex.turn("a");
        codex.stage.wait_for(codex.runtime.interrupt_turn("a", turn));
        codex.until_said("turn/completed");
        CHECK(codex.log.last("turn/completed").at("turn").at("status").as_string() == "interrupted");
    }
}

TEST_CASE("a thread that was unloaded and deleted is not remembered") {
    Codex codex({"dies=thread/resume"});
    codex.stage.wait_for(codex.runtime.unload_thread("a"));
    codex.stage.wait_for(codex.runtime.delete_thread("a"));
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "x"))).empty());
}
