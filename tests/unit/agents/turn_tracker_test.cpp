#include "agents/turn_tracker.hpp"

#include "agents/key_lock.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;

TEST_CASE("a thread has one turn at a time") {
    TurnTracker turns;
    CHECK(turns.reserve("a"));
    CHECK_FALSE(turns.reserve("a"));
    CHECK(turns.reserve("b"));
    turns.begin("a", "t");
    CHECK_FALSE(turns.reserve("a"));
    CHECK(turns.runs("a", "t"));
    turns.ended("a", "t");
    CHECK(turns.reserve("a"));
}

TEST_CASE("a start that was refused gives the thread back, one that was not keeps it") {
    TurnTracker turns;
    {
        turns.reserve("a");
        TurnTracker::Reservation refused(turns, "a");
    }
    CHECK_FALSE(turns.active("a"));
    {
        turns.reserve("a");
        TurnTracker::Reservation granted(turns, "a");
        turns.begin("a", "t");
    }
    CHECK(turns.runs("a", "t"));
}

TEST_CASE("a turn that ends before the answer to its start is not begun afterwards") {
    TurnTracker turns;
    turns.reserve("a");
    turns.started("a", "t");
    turns.ended("a", "t");
    turns.begin("a", "t");
    CHECK_FALSE(turns.active("a"));
    turns.reserve("b");
    turns.ended("b", "t");
    turns.begin("b", "t");
    CHECK_FALSE(turns.active("b"));
}

TEST_CASE("news of an old turn change nothing about the one that runs") {
    TurnTracker turns;
    turns.started("a", "old");
    turns.ended("a", "old");
    turns.started("a", "new");
    CHECK_FALSE(turns.ended("a", "old"));
    turns.started("a", "old");
    CHECK(turns.runs("a", "new"));
    CHECK(turns.knows("a", "old"));
}

TEST_CASE("a turn of which something is heard is under way, unless it has ended or another one is") {
    TurnTracker turns;
    turns.stirred("a", "t");
    CHECK(turns.runs("a", "t"));
    turns.stirred("a", "other");
    CHECK(turns.runs("a", "t"));
    CHECK_FALSE(turns.is_over("a", "t"));
    turns.ended("a", "t");
    CHECK_FALSE(turns.is_over("a", "t"));  // its rows are not written
    turns.settled("a", "t");
    CHECK(turns.is_over("a", "t"));
    turns.stirred("a", "t");
    CHECK_FALSE(turns.active("a"));
    turns.reserve("a");
    turns.stirred("a", "asked for");
    turns.release("a");
    CHECK(turns.runs("a", "asked for"));
}

TEST_CASE("for readers a turn goes on until its rows are written") {
    TurnTracker turns;
    turns.started("a", "t");
    turns.ended("a", "t");
    CHECK_FALSE(turns.active("a"));
    REQUIRE(turns.visible("a"));
    CHECK(turns.visible("a")->turn_id == "t");
    turns.settled("a", "other");
    CHECK(turns.visible("a"));
    turns.settled("a", "t");
    CHECK_FALSE(turns.visible("a"));
}

TEST_CASE("the end of a turn says once whether messages wait") {
    TurnTracker turns;
    turns.started("a", "t");
    turns.set_waiting("a", true);
    CHECK(turns.ended("a", "t"));
    CHECK_FALSE(turns.ended("a", "t"));
}

namespace {

Task<void> hold_for(KeyLock& lock, TimeSource& time, std::string key, std::string name, std::string& trace) {
    auto hold = co_await lock.acquire(key);
    trace += name + "(";
    Millis while_held(10);
    co_await pause_for(time, while_held);
    trace += ")";
}

}  // namespace

TEST_CASE("a key is held by one at a time, in the order of asking; other keys do not wait") {
    Stage stage;
    KeyLock lock;
    std::string trace, other;
    for (const char* name : {"a", "b", "c"})
        stage.nursery.start(name, hold_for(lock, stage.time, "k", name, trace));
    stage.nursery.start("x", hold_for(lock, stage.time, "other", "x", other));
    stage.settle();
    CHECK(trace == "a(");
    CHECK(other == "x(");
    stage.advance(Millis{100});
    stage.settle();
    CHECK(trace == "a()b()c()");
    CHECK(stage.nursery.size() == 0);
}

TEST_CASE("messages of a turn are told once, when it is asked for them, and only while it was under way") {
    TurnTracker turns;
    turns.begin("chat", "turn");
    turns.note_message("chat", "turn", "first");
    turns.note_message("chat", "turn", "second");
    turns.note_message("chat", "another", "lost");
    CHECK(turns.take_messages("turn") == std::vector<std::string>{"first", "second"});
    CHECK(turns.take_messages("turn").empty());
    turns.ended("chat", "turn");
    turns.note_message("chat", "turn", "late");
    CHECK(turns.take_messages("turn").empty());
    CHECK(turns.take_messages("another").empty());
}
