// What the app server says late, or not at all: of turns whose start was given up, and of ends.
#include "codex_stage.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

codex::ServerOptions hasty(std::vector<std::string> flags) {
    auto options = codex::fake_server(std::move(flags));
    options.call_within = 200ms;
    options.probe_after = 1s;
    return options;
}

TurnRequest message(const std::string& text, const std::string& id) {
    auto request = turn_request("a", text);
    request.client_message_id = id;
    return request;
}

/// Once the runtime can tell.
std::optional<TurnView> turn_of(Codex& codex, const std::string& id) {
    std::optional<TurnView> view;
    auto told = [&] {
        try {
            view = codex.stage.wait_for(codex.runtime.turn_of_message("a", id));
            return true;
        } catch (const RuntimeUnavailable&) {
            return false;
        }
    };
    codex.stage.until(told);
    return view;
}

std::size_t notices_of(const Codex& codex, const std::string& prefix) {
    std::size_t count = 0;
    for (const auto& method : codex.log.methods()) count += method.starts_with(prefix);
    return count;
}

}  // namespace

TEST_CASE("a turn that a hang delayed answers no message, nobody is told of it, and the message may be given again") {
    TempDir dir;
    Codex codex(hasty({"slow", "hangs=turn/start", "memory=" + dir.file("turns")}));
    CHECK(codex.refusal(codex.runtime.start_turn(message("first", "m1"))) == "runtime_timeout");
    CHECK_FALSE(turn_of(codex, "m1"));
    CHECK((notices_of(codex, "turn/") == 0 && notices_of(codex, "item/") == 0));
    auto turn = codex.stage.wait_for(codex.runtime.start_turn(message("first", "m1")));
    codex.until_said("turn/started");
    auto found = turn_of(codex, "m1");
    REQUIRE(found);
    CHECK(found->turn_id == turn);
    CHECK(notices_of(codex, "item/") == 1);
}

TEST_CASE("a turn that a hang delayed and that completes before it can be interrupted is told of whole") {
    Codex codex(hasty({"hangs=turn/start"}));
    CHECK(codex.refusal(codex.runtime.start_turn(message("first", "m1"))) == "runtime_timeout");
    codex.until_said("turn/completed");
    CHECK(codex.log.texts("agentMessage") == std::vector<std::string>{"echo: first"});
    CHECK(codex.log.last("turn/completed").at("turn").at("status").as_string() == "completed");
    CHECK(codex.log.count("turn/completed") == 1);
}

TEST_CASE("a turn that is heard to start is under way, though its start is never answered") {
    Codex codex(hasty({"slow", "unanswered"}));
    auto turn = codex.turn("a");
    CHECK(codex.log.last("turn/started").at("turn").at("id").as_string() == turn);
    codex.stage.wait_for(codex.runtime.interrupt_turn("a", turn));
    codex.until_said("turn/completed");
}

TEST_CASE("an end that was written and is not said is told after a while, and not again when it is said after all") {
    Codex codex({"unended"});
    auto turn = codex.turn("a");
    codex.until_said("item/completed");
    auto view = codex.stage.wait_for(codex.runtime.read_turn("a", turn));
    REQUIRE(view);
    CHECK(view->status == TurnStatus::completed);
    CHECK(codex.log.count("turn/completed") == 0);
    codex.until_said("turn/completed");
    CHECK(codex.log.last("turn/completed").at("turn").at("id").as_string() == turn);
    codex.stage.wait_for(codex.runtime.call("config/mcpServer/reload", {}));  // says it before it answers
    CHECK(codex.log.count("turn/completed") == 1);
    codex.turn("a");
    codex.until_said("turn/completed", 2);
}
