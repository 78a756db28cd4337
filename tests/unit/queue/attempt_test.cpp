#include "queue/attempt.hpp"

#include "queue/definition.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

struct Timed {
    Stage stage;
    Attempt attempt{Job(), std::make_shared<Definition>(), stage.time.alarm(stage.executor())};

    MonoTime now() const { return stage.time.mono(); }
    bool late() const { return attempt.late(now()); }
};

Task<void> wait_once(Attempt& attempt, bool& woke) {
    co_await attempt.wait();
    woke = true;
}

}  // namespace

TEST_CASE("an attempt is late when its time is up; without a time it never is") {
    Timed limited;
    limited.attempt.give_time(10s, limited.now());
    limited.stage.advance(9999ms);
    CHECK_FALSE(limited.late());
    limited.stage.advance(1ms);
    CHECK(limited.late());

    Timed free;
    free.attempt.give_time(0ms, free.now());
    free.stage.advance(24h);
    CHECK_FALSE(free.late());
}

TEST_CASE("while an attempt's clock stands still no time passes for it") {
    Timed timed;
    timed.attempt.give_time(10s, timed.now());
    timed.stage.advance(4s);
    timed.attempt.stop_clock(timed.now());
    timed.stage.advance(1h);
    CHECK_FALSE(timed.late());
    timed.attempt.start_clock(timed.now());
    timed.stage.advance(5999ms);
    CHECK_FALSE(timed.late());
    timed.stage.advance(1ms);
    CHECK(timed.late());
}

TEST_CASE("stopping an attempt's clock twice, or starting it while it runs, changes nothing") {
    Timed timed;
    timed.attempt.give_time(10s, timed.now());
    timed.attempt.start_clock(timed.now());
    timed.attempt.stop_clock(timed.now());
    timed.stage.advance(3s);
    timed.attempt.stop_clock(timed.now());
    timed.stage.advance(3s);
    timed.attempt.start_clock(timed.now());
    timed.attempt.start_clock(timed.now());
    timed.stage.advance(9999ms);
    CHECK_FALSE(timed.late());
    timed.stage.advance(1ms);
    CHECK(timed.late());
}

TEST_CASE("a clock without a time may be stopped, too") {
    Timed timed;
    timed.attempt.stop_clock(timed.now());
    timed.stage.advance(1s);
    timed.attempt.start_clock(timed.now());
    timed.stage.advance(24h);
    CHECK_FALSE(timed.late());
}

TEST_CASE("whoever waits for an attempt looks again when its clock is stopped or started, and when it is late") {
    Timed timed;
    timed.attempt.give_time(10s, timed.now());
    auto wakes_by = [&timed](auto what) {
        bool woke = false;
        timed.stage.nursery.start("wait", wait_once(timed.attempt, woke));
        timed.stage.settle();
        bool early = woke;
        what();
        timed.stage.settle();
        return woke && !early;
    };
    CHECK(wakes_by([&] { timed.attempt.stop_clock(timed.now()); }));
    CHECK(wakes_by([&] {
        timed.stage.advance(1h);
        timed.attempt.start_clock(timed.now());
    }));
    CHECK(wakes_by([&] { timed.stage.advance(10s); }));
    CHECK(timed.late());
}
