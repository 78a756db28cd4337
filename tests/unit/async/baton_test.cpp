#include "async/baton.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <string>
#include <vector>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

Task<void> hold_for(Baton& baton, TimeSource& time, Millis span, std::string name, std::vector<std::string>& notes) {
    auto taking = baton.take();
    auto hold = co_await std::move(taking);
    notes.push_back("+" + name);
    if (span.count() > 0) co_await pause_for(time, span);
    notes.push_back("-" + name);
}

Task<void> hold_and_throw(Baton& baton) {
    auto taking = baton.take();
    auto hold = co_await std::move(taking);
    throw std::runtime_error("while holding");
}

}  // namespace

TEST_CASE("a baton has one holder at a time, in the order of asking") {
    Stage stage;
    Baton baton(stage.executor());
    std::vector<std::string> notes;
    stage.nursery.start("a", hold_for(baton, stage.time, 10ms, "a", notes));
    stage.nursery.start("b", hold_for(baton, stage.time, 0ms, "b", notes));
    stage.nursery.start("c", hold_for(baton, stage.time, 5ms, "c", notes));
    stage.advance(1s);
    CHECK(notes == std::vector<std::string>{"+a", "-a", "+b", "-b", "+c", "-c"});
    stage.nursery.start("d", hold_for(baton, stage.time, 0ms, "d", notes));
    stage.settle();
    CHECK(notes.back() == "-d");
}

TEST_CASE("a holder that throws passes the baton on") {
    Stage stage;
    Baton baton(stage.executor());
    std::vector<std::string> notes;
    int failures = 0;
    for (int i = 0; i < 3; ++i)
        stage.nursery.start("throws", hold_and_throw(baton), [&](std::exception_ptr error) { failures += error != nullptr; });
    stage.nursery.start("next", hold_for(baton, stage.time, 0ms, "next", notes));
    stage.settle();
    CHECK(failures == 3);
    CHECK(notes.back() == "-next");
}

TEST_CASE("a waiter that is cancelled leaves the line, and the others keep their places") {
    Stage stage;
    Baton baton(stage.executor());
    std::vector<std::string> notes;
    stage.nursery.start("a", hold_for(baton, stage.time, 10ms, "a", notes));
    auto leaves = stage.nursery.start("b", hold_for(baton, stage.time, 0ms, "b", notes));
    stage.nursery.start("c", hold_for(baton, stage.time, 0ms, "c", notes));
    stage.settle();
    leaves->cancel(asio::cancellation_type::terminal);
    stage.advance(1s);
    CHECK(notes == std::vector<std::string>{"+a", "-a", "+c", "-c"});
    CHECK(stage.nursery.size() == 0);
}

TEST_CASE("a waiter that is cancelled in the moment of its turn does not keep the baton") {
    Stage stage;
    Baton baton(stage.executor());
    std::vector<std::string> notes;
    auto holding = stage.wait_for(baton.take());
    auto second = stage.nursery.start("second", hold_for(baton, stage.time, 1ms, "second", notes));
    stage.nursery.start("third", hold_for(baton, stage.time, 0ms, "third", notes));
    stage.settle();
    {
        Baton::Hold let_go = std::move(holding);
    }
    second->cancel(asio::cancellation_type::terminal);
    stage.advance(1s);
    CHECK(notes.back() == "-third");
    CHECK(stage.nursery.size() == 0);
}

TEST_CASE("a hold can be moved, and moved out of, without letting go early or twice") {
    Stage stage;
    Baton baton(stage.executor());
    std::vector<std::string> notes;
    auto first = stage.wait_for(baton.take());
    Baton::Hold second = std::move(first);
    Baton::Hold third;
    third = std::move(second);
    stage.nursery.start("waits", hold_for(baton, stage.time, 0ms, "waits", notes));
    stage.settle();
    CHECK(notes.empty());
    third = Baton::Hold();
    stage.settle();
    CHECK(notes.size() == 2);
}
