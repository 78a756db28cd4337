#include "job/retry.hpp"
#include "support/catch.hpp"

#include <set>

using namespace lanekeeper;
using namespace std::chrono_literals;

TEST_CASE("an exponential backoff doubles up to its ceiling") {
    SeededRandom random(1);
    auto rule = Backoff::exponential(1s, 60s);
    rule.jitter = false;
    CHECK(backoff_delay(rule, 1, random) == 1s);
    CHECK(backoff_delay(rule, 2, random) == 2s);
    CHECK(backoff_delay(rule, 5, random) == 16s);
    CHECK(backoff_delay(rule, 7, random) == 60s);
    CHECK(backoff_delay(rule, 1'000'000, random) == 60s);
}

TEST_CASE("jitter stays within a fifth to either side and reaches both ends") {
    SeededRandom random(2);
    auto rule = Backoff::exponential(1s, 60s);
    std::set<Millis> seen;
    for (int i = 0; i < 20'000; ++i) seen.insert(backoff_delay(rule, 1, random));
    CHECK(*seen.begin() == 800ms);
    CHECK(*seen.rbegin() == 1200ms);
    CHECK(seen.size() == 401);
}

TEST_CASE("a linear backoff adds its step, a fixed one stays") {
    SeededRandom random(3);
    auto agent = Backoff::linear(0ms, 60ms);
    CHECK(backoff_delay(agent, 1, random) == 0ms);
    CHECK(backoff_delay(agent, 2, random) == 60ms);
    CHECK(backoff_delay(agent, 4, random) == 180ms);
    auto fixed = Backoff::fixed(100ms);
    CHECK(backoff_delay(fixed, 1, random) == 100ms);
    CHECK(backoff_delay(fixed, 9, random) == 100ms);
}

TEST_CASE("a count of failures below one means the first") {
    SeededRandom random(4);
    CHECK(backoff_delay(Backoff::linear(5ms, 60ms), 0, random) == 5ms);
    CHECK(backoff_delay(Backoff::linear(5ms, 60ms), -3, random) == 5ms);
}

TEST_CASE("the same seed gives the same delays") {
    SeededRandom one(42), two(42);
    for (int i = 1; i < 50; ++i)
        CHECK(backoff_delay(Backoff::exponential(1s, 60s), i, one) == backoff_delay(Backoff::exponential(1s, 60s), i, two));
}
