#include "runtime/codex/live_turns.hpp"

#include "support/catch.hpp"

using namespace lanekeeper::codex;
using Interrupt = LiveTurns::Interrupt;

TEST_CASE("a thread has one turn at a time, from the asking to the end") {
    LiveTurns turns;
    CHECK(turns.reserve("a"));
    CHECK_FALSE(turns.reserve("a"));
    CHECK(turns.reserve("b"));
    turns.begin("a", "t1");
    CHECK(turns.runs("a", "t1"));
    turns.release("a");  // it has begun
    CHECK_FALSE(turns.reserve("a"));
    turns.started("a", "t1");
    turns.ended("a", "t1");
    CHECK(turns.reserve("a"));
    turns.release("a");
    CHECK(turns.reserve("a"));
}

TEST_CASE("a wish to interrupt waits until the turn has started, and is told once") {
    LiveTurns turns;
    turns.reserve("a");
    CHECK(turns.interrupt("a", "t1") == Interrupt::not_active);
    turns.begin("a", "t1");
    CHECK(turns.interrupt("a", "other") == Interrupt::not_active);
    CHECK(turns.interrupt("a", "t1") == Interrupt::remembered);
    CHECK(turns.started("a", "t1"));
    CHECK_FALSE(turns.started("a", "t1"));
    CHECK(turns.interrupt("a", "t1") == Interrupt::ask);
    turns.ended("a", "t1");
    CHECK(turns.interrupt("a", "t1") == Interrupt::not_active);
}

TEST_CASE("news may come before the answer that they are about") {
    LiveTurns turns;
    turns.reserve("a");
    turns.started("a", "t1");
    turns.ended("a", "t1");
    turns.begin("a", "t1");
    CHECK_FALSE(turns.find("a"));
    CHECK(turns.reserve("a"));
    CHECK_FALSE(turns.started("a", "t1"));  // said again
    CHECK(turns.find("a")->id.empty());
}

TEST_CASE("a turn that nobody here asked for counts as well") {
    LiveTurns turns;
    turns.started("a", "compaction");
    CHECK_FALSE(turns.reserve("a"));
    turns.started("a", "t2");
    CHECK(turns.runs("a", "t2"));
    turns.ended("a", "compaction");
    CHECK(turns.runs("a", "t2"));
}

TEST_CASE("when the server dies, turns with an id are lost and nothing is under way") {
    LiveTurns turns;
    turns.reserve("asked");
    turns.reserve("begun");
    turns.begin("begun", "t1");
    auto lost = turns.lose_all();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0] == std::pair<std::string, std::string>("begun", "t1"));
    CHECK(turns.size() == 0);
}

TEST_CASE("a review is known by its own id and interrupted by the one of the turn inside it") {
    LiveTurns turns;
    turns.reserve("a");
    turns.begin("a", "review");
    turns.started("a", "review", "inner");
    CHECK(turns.runs("a", "review"));
    CHECK(turns.interruptible_id("a", "review") == "inner");
    turns.ended("a", "review");
    CHECK(turns.interruptible_id("a", "review") == "review");
    CHECK(turns.reserve("a"));
}

TEST_CASE("a turn of which something is heard has started, whether that was said or not") {
    LiveTurns turns;
    CHECK_FALSE(turns.stirred("a", "t1"));
    turns.reserve("a");
    CHECK_FALSE(turns.stirred("a", ""));
    turns.begin("a", "t1");
    CHECK(turns.interrupt("a", "t1") == Interrupt::remembered);
    CHECK_FALSE(turns.stirred("a", "other"));
    CHECK(turns.stirred("a", "t1"));
    CHECK_FALSE(turns.stirred("a", "t1"));
    CHECK(turns.interrupt("a", "t1") == Interrupt::ask);
}

TEST_CASE("a turn that nobody asked for and nobody said to begin is known by what comes before its end") {
    LiveTurns turns;
    CHECK_FALSE(turns.stirred("a", "t1"));
    CHECK(turns.size() == 0);
    turns.stirred("a", "t1", true);
    CHECK_FALSE(turns.reserve("a"));
    CHECK(turns.interrupt("a", "t1") == Interrupt::ask);
    turns.stirred("a", "t2", true);
    CHECK(turns.runs("a", "t1"));
    turns.ended("a", "t1");
    turns.stirred("a", "t1", true);
    CHECK(turns.reserve("a"));
}

TEST_CASE("a turn that was taken for ended goes on, unless its thread has another one by now") {
    LiveTurns turns;
    for (const char* thread : {"a", "b"}) {
        turns.started(thread, "t1");
        turns.ended(thread, "t1");
    }
    turns.goes_on("a", "t1");
    CHECK_FALSE(turns.reserve("a"));
    CHECK(turns.interrupt("a", "t1") == Interrupt::ask);
    turns.started("b", "t2");
    turns.goes_on("b", "t1");
    CHECK(turns.runs("b", "t2"));
}

TEST_CASE("of ids the last so many are remembered, each once") {
    RememberedIds ids(2);
    CHECK((ids.add("1") && ids.add("2")));
    CHECK_FALSE(ids.add("2"));
    CHECK(ids.add("3"));
    CHECK_FALSE(ids.has("1"));
    ids.remove("2");
    CHECK((!ids.has("2") && ids.has("3")));
}
