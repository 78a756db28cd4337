#include "base/ids.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <thread>
#include <vector>

using namespace lanekeeper;

TEST_CASE("a job id and its key are each other's inverse") {
    for (std::int64_t key : {std::int64_t(0), std::int64_t(1), std::int64_t(31), std::int64_t(1) << 40,
                             std::numeric_limits<std::int64_t>::max()}) {
        auto id = job_id(key);
        INFO(id);
        CHECK(id.size() == 17);
        CHECK(job_key(id) == key);
    }
}

TEST_CASE("job ids sort as their keys do") {
    std::string last;
    for (std::int64_t key = 0; key >= 0 && key < std::int64_t(1) << 62; key = key * 3 + 7) {
        auto id = job_id(key);
        CHECK(last < id);
        last = id;
    }
}

TEST_CASE("text that no job id can be has no key") {
    auto id = job_id(12345);
    for (const auto& text :
         std::vector<std::string>{"", "job_", id + "0", id.substr(0, 16), "JOB_" + id.substr(4), "job_000000000000i",
                                  "job_00000000000 0", "job_zzzzzzzzzzzzz", "job_G000000000000"}) {
        INFO(text);
        CHECK_FALSE(job_key(text));
    }
}

TEST_CASE("job keys rise strictly, also in one millisecond and when the clock steps back") {
    JobKeys keys;
    auto now = from_ms(1'769'860'800'000);
    auto last = keys.next(now);
    for (int step : {0, 0, 1, -5000, -5000, 2, 0}) {
        auto key = keys.next(now + Millis(step));
        CHECK(key > last);
        last = key;
    }
}

TEST_CASE("job keys go on above what the store has") {
    JobKeys keys;
    auto now = from_ms(1'769'860'800'000);
    auto stored = JobKeys().next(now + std::chrono::hours(1));
    keys.start_after(stored);
    keys.start_after(5);
    CHECK(keys.next(now) == stored + 1);
}

TEST_CASE("new ids carry their prefix, sort by time, and do not repeat") {
    SeededRandom random(7);
    std::set<std::string> seen;
    auto early = new_id("session", from_ms(1000), random);
    auto late = new_id("session", from_ms(2'000'000'000'000), random);
    CHECK(early < late);
    for (int i = 0; i < 1000; ++i) {
        auto id = new_id("turn", from_ms(1000), random);
        CHECK(id.size() == 5 + 26);
        CHECK(id.starts_with("turn_"));
        CHECK(seen.insert(id).second);
    }
}

TEST_CASE("rising ids rise strictly, also in one millisecond and when the clock steps back") {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        SeededRandom random(seed);
        RisingIds ids(random);
        auto now = from_ms(1'769'860'800'000);
        auto last = ids.next("thread", now);
        CHECK(last.size() == 7 + 26);
        for (int step : {0, 0, 0, 1, 1, -5000, -5000, 2, 2, 60'000, 60'000}) {
            auto id = ids.next("thread", now + Millis(step));
            CHECK(id > last);
            last = id;
        }
    }
}

TEST_CASE("a seed makes the same rising ids again") {
    SeededRandom one(5), two(5), other(6);
    RisingIds ids(one), again(two), others(other);
    for (int ms : {1000, 1000, 1001, 1001, 999}) {
        auto id = ids.next("turn", from_ms(ms));
        CHECK(id == again.next("turn", from_ms(ms)));
        CHECK(id != others.next("turn", from_ms(ms)));
    }
}

TEST_CASE("rising ids are made by many threads at once, each its own and each thread's in order") {
    SystemRandom random;
    RisingIds ids(random);
    std::vector<std::vector<std::string>> made(4);
    std::vector<std::thread> threads;
    for (auto& mine : made)
        threads.emplace_back([&ids, &mine] {
            for (int i = 0; i < 1000; ++i) mine.push_back(ids.next("thread", from_ms(1000)));
        });
    for (auto& thread : threads) thread.join();
    std::set<std::string> all;
    for (const auto& mine : made) {
        CHECK(std::is_sorted(mine.begin(), mine.end()));
        all.insert(mine.begin(), mine.end());
    }
    CHECK(all.size() == 4000);
}

TEST_CASE("a seed gives the same sequence again, below its bound") {
    SeededRandom one(42), two(42), other(43);
    bool differs = false;
    for (int i = 0; i < 100; ++i) {
        auto value = one.next();
        CHECK(value == two.next());
        differs = differs || value != other.next();
        CHECK(one.below(10) < 10);
        two.next();
    }
    CHECK(differs);
    CHECK(SystemRandom().next() != SystemRandom().next());
}
