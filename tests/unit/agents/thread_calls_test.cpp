#include "agents/thread_calls.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;

namespace {

Task<std::string> refused(std::string code) {
    if (!code.empty()) throw RuntimeRefusal(code, "no");
    co_return "done";
}

Task<void> refused_without_result(std::string code) {
    if (!code.empty()) throw RuntimeRefusal(code, "no");
    co_return;
}

Problem problem_of(bool materialized) {
    Stage stage;
    session::Session session;
    session.id = "chat";
    session.materialized = materialized;
    auto done = stage.wait_for(on_thread(session, refused("not_found")));
    REQUIRE_FALSE(done.has_value());
    auto none = stage.wait_for(on_thread(session, refused_without_result("not_found")));
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == done.error().code);
    return done.error();
}

}  // namespace

TEST_CASE("a known chat without a thread is in the wrong state, not unknown") {
    auto never_ran = problem_of(false);
    CHECK(never_ran.code == "not_materialized");
    CHECK(json::serialize(never_ran.details) == R"({"sessionId":"chat","archived":false})");
    auto lost = problem_of(true);
    CHECK(lost.code == "invalid_state");
    CHECK(json::serialize(lost.details) == R"({"sessionId":"chat"})");
}

TEST_CASE("what the runtime does or refuses otherwise passes") {
    Stage stage;
    session::Session session;
    CHECK(stage.wait_for(on_thread(session, refused(""))).value() == "done");
    CHECK(stage.wait_for(on_thread(session, refused_without_result(""))).has_value());
    CHECK_THROWS_AS(stage.wait_for(on_thread(session, refused("runtime_timeout"))), RuntimeRefusal);
}
