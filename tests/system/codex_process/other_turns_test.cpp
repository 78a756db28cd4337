// Turns that no message starts: reviews and compactions.
#include "runtime/codex/codex_runtime.hpp"

#include "support/runtime_log.hpp"
#include "fake_server.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;

namespace {

struct Codex {
    explicit Codex(std::vector<std::string> flags = {}) : runtime(stage.executor(), stage.time, codex::fake_server(std::move(flags))) {
        stage.wait_for(runtime.start());
    }
    ~Codex() { stage.wait_for(runtime.stop()); }

    Task<json::value> review() {
        json::object params;
        params["threadId"] = "a";
        return runtime.call("review/start", std::move(params));
    }
    template <class T>
    std::string refusal(Task<T> task) {
        try {
            stage.wait_for(std::move(task));
        } catch (const RuntimeRefusal& refusal) {
            return refusal.code;
        }
        return "";
    }
    void until_said(const std::string& method, std::size_t times = 1) {
        stage.until([&] { return log.count(method) >= times; });
    }
    std::string turn_of_last(const std::string& method) {
        return std::string(log.last(method).at("turn").at("id").as_string());
    }

    codex::RealStage stage;
    CodexRuntime runtime;
    NoticeLog log{runtime};
};

}  // namespace

TEST_CASE("a review is one turn under one id, from the answer to its end") {
    Codex codex;
    auto started = codex.stage.wait_for(codex.review());
    auto turn = std::string(started.at("turn").at("id").as_string());
    codex.until_said("turn/started");
    CHECK(codex.turn_of_last("turn/started") == turn);
    CHECK(codex.refusal(codex.review()) == "invalid_state");
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "meanwhile"))) == "invalid_state");
    codex.stage.wait_for(codex.runtime.interrupt_turn("a", turn));
    codex.until_said("turn/completed");
    CHECK(codex.turn_of_last("turn/completed") == turn);
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "afterwards"))).empty());
}

TEST_CASE("a thread with a turn is not compacted, which would end the turn") {
    Codex codex;
    codex.stage.wait_for(codex.review());
    CHECK(codex.refusal(codex.runtime.compact_thread("a")) == "invalid_state");
}

TEST_CASE("a thread that is about to be compacted takes no turn until that has begun") {
    Codex codex;
    codex.stage.wait_for(codex.runtime.compact_thread("a"));  // this server never begins
    CHECK(codex.refusal(codex.runtime.start_turn(turn_request("a", "too early"))) == "invalid_state");
}
