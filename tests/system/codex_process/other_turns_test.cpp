// Turns that no message starts: reviews and compactions.
#include "codex_stage.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

Task<json::value> review(Codex& codex) {
    json::object params;
    params["threadId"] = "a";
    return codex.runtime.call("review/start", std::move(params));
}

std::string turn_of_last(Codex& codex, const std::string& method) {
    return std::string(codex.log.last(method).at("turn").at("id").as_string());
}

}  // namespace

TEST_CASE("a review is one turn under one id, from the answer to its end") {
    Codex codex;
    auto started = codex.stage.wait_for(review(codex));
    auto turn = std::string(started.at("turn").at("id").as_string());
    codex.until_said("turn/started");
    CHECK(turn_of_last(codex, "turn/started") == turn);
    CHECK(codex.refusal(review(codex)) == "invalid_state");
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "meanwhile"))) == "invalid_state");
    codex.stage.wait_for(codex.runtime.interrupt_turn("a", turn));
    codex.until_said("turn/completed");
    CHECK(turn_of_last(codex, "turn/completed") == turn);
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "afterwards"))).empty());
}

TEST_CASE("a thread with a turn is not compacted, which would end the turn") {
    Codex codex;
    codex.stage.wait_for(review(codex));
    CHECK(codex.refusal(codex.runtime.compact_thread("a")) == "invalid_state");
}

TEST_CASE("a thread that is about to be compacted takes no turn until that has begun") {
    Codex codex;
    codex.stage.wait_for(codex.runtime.compact_thread("a"));  // this server never begins
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "too early"))) == "invalid_state");
}
