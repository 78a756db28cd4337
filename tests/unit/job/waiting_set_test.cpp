#include "base/random.hpp"
#include "job/waiting_set.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <vector>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

const MonoTime began = MonoTime{} + 24h;
const FairnessRules rules{};  // 15 s, 3

WaitingJob waiting(std::int64_t key, int priority, MonoTime since = began) { return {key, priority, since, {}}; }

// Chooses and takes until nothing is ready.
std::vector<std::int64_t> drain(WaitingSet& set, MonoTime now) {
    std::vector<std::int64_t> order;
    int burst = 0;
    while (auto choice = set.choose(rules, burst, now)) {
        order.push_back(choice->key);
        burst = burst_after(burst, choice->job_class);
        set.remove(choice->key);
    }
    return order;
}

}  // namespace

TEST_CASE("the lower priority number is first, then the lower key, whatever the clock says") {
    WaitingSet set;
    set.add(waiting(5, 3, began - 4s), began);
    set.add(waiting(9, 1, began), began);
    set.add(waiting(4, 3, began), began);
    set.add(waiting(8, 1, began + 1h), began);
    set.add(waiting(7, 0), began);
    CHECK(drain(set, began) == std::vector<std::int64_t>{7, 8, 9, 4, 5});
    CHECK(set.empty());
}

TEST_CASE("a choice says its rule, its class and how many it passed over") {
    WaitingSet set;
    set.add(waiting(1, 3, began), began);
    set.add(waiting(2, 3, began), began);
    set.add(waiting(3, 1, began + 1s), began);
    auto plain = set.choose(rules, 0, began + 2s);
    REQUIRE(plain);
    CHECK(plain->key == 3);
    CHECK(plain->rule == Choice::Rule::priority);
    CHECK(plain->job_class == JobClass::interactive);
    CHECK(plain->passed_over == 2);
    CHECK(plain->since == began + 1s);
    auto aged = set.choose(rules, 3, began + 16s);
    REQUIRE(aged);
    CHECK(aged->key == 1);
    CHECK(aged->rule == Choice::Rule::aged);
    CHECK(aged->passed_over == 1);
    CHECK(to_word(aged->rule) == "aged");
}

TEST_CASE("the starvation guard needs both: an aged background job and a full burst") {
    WaitingSet set;
    set.add(waiting(1, 3, began), began);
    set.add(waiting(2, 1, began), began);
    CHECK(set.choose(rules, 2, began + 1h)->key == 2);
    CHECK(set.choose(rules, 3, began + 15s)->key == 2);
    CHECK(set.choose(rules, 3, began + 15s + 1ms)->key == 1);
}

TEST_CASE("the guard takes the background job that has waited longest, not the one with the best priority") {
    WaitingSet set;
    set.add(waiting(1, 3, began + 2s), began);
    set.add(waiting(2, 9, began), began);
    set.add(waiting(3, 0, began), began);
    CHECK(set.choose(rules, 3, began + 20s)->key == 2);
}

TEST_CASE("a delayed job is not chosen before its time, and waits from then on") {
    WaitingSet set;
    WaitingJob late = waiting(1, 1);
    late.not_before = began + 10s;
    set.add(late, began);
    CHECK(set.size() == 1);
    CHECK(set.contains(1));
    CHECK_FALSE(set.choose(rules, 0, began + 9s));
    CHECK(set.next_due() == began + 10s);
    auto choice = set.choose(rules, 0, began + 12s);
    REQUIRE(choice);
    CHECK(choice->since == began + 10s);
    CHECK_FALSE(set.next_due());
}

TEST_CASE("the next due time is the earliest of all, also after a later one was added or the earliest removed") {
    WaitingSet set;
    for (auto [key, delay] : {std::pair{1, 10s}, std::pair{2, 5s}, std::pair{3, 20s}}) {
        auto job = waiting(key, 3);
        job.not_before = began + delay;
        set.add(job, began);
    }
    CHECK(set.next_due() == began + 5s);
    CHECK(set.remove(2));
    CHECK(set.next_due() == began + 10s);
}

TEST_CASE("removing works for ready and delayed jobs and says when there was none") {
    WaitingSet set;
    set.add(waiting(1, 3), began);
    set.add(waiting(2, 1), began);
    auto late = waiting(3, 3);
    late.not_before = began + 1s;
    set.add(late, began);
    CHECK(set.remove(1));
    CHECK(set.remove(3));
    CHECK_FALSE(set.remove(3));
    CHECK(set.choose(rules, 0, began)->passed_over == 0);
    CHECK(set.remove(2));
    CHECK(set.empty());
    CHECK_FALSE(set.oldest_since());
    CHECK_FALSE(set.next_due());
}

TEST_CASE("adding a job again replaces what was known of it") {
    WaitingSet set;
    set.add(waiting(1, 3, began), began);
    set.add(waiting(1, 1, began + 1s), began);
    CHECK(set.size() == 1);
    auto choice = set.choose(rules, 0, began + 1s);
    CHECK(choice->job_class == JobClass::interactive);
    set.remove(1);
    CHECK_FALSE(set.choose(rules, 0, began + 1s));
}

TEST_CASE("releasing due jobs leaves a due time that is still to come") {
    WaitingSet set;
    for (auto [key, delay] : {std::pair{1, 1s}, std::pair{2, 9s}}) {
        auto job = waiting(key, 3);
        job.not_before = began + delay;
        set.add(job, began);
    }
    set.release_due(began + 2s);
    CHECK(set.next_due() == began + 9s);
    CHECK(set.oldest_since() == began + 1s);
}

// The bounds of the header, for any arrivals: while an aged background job waits, at most a burst of interactive jobs
// starts in a row, and what the guard then takes is the job that has waited longest.
TEST_CASE("matrix: scheduler — fairness/aging starvation prevention (within a lane, for any arrivals)") {
    int guarded = 0;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        SeededRandom random(seed);
        WaitingSet set;
        auto now = began;
        std::int64_t key = 0;
        int burst = 0, in_a_row = 0;
        std::map<std::int64_t, MonoTime> background;
        for (int step = 0; step < 400; ++step) {
            for (auto n = random.below(3); n > 0; --n) {
                bool interactive = random.below(4) != 0;
                int priority = interactive ? int(random.below(3)) : 3 + int(random.below(8));
                set.add(waiting(++key, priority, now), now);
                if (!interactive) background[key] = now;
            }
            now += Millis{random.below(8000)};
            auto oldest = std::ranges::min_element(background, {}, [](const auto& job) { return job.second; });
            bool aged = oldest != background.end() && now - oldest->second > rules.background_aging;
            auto choice = set.choose(rules, burst, now);
            if (!choice) continue;
            REQUIRE(set.remove(choice->key));
            burst = burst_after(burst, choice->job_class);
            in_a_row = aged && choice->job_class == JobClass::interactive ? in_a_row + 1 : 0;
            REQUIRE(in_a_row <= rules.max_interactive_burst);
            if (choice->rule == Choice::Rule::aged) {
                ++guarded;
                REQUIRE(aged);
                REQUIRE(choice->since == oldest->second);
            }
            background.erase(choice->key);
        }
    }
    CHECK(guarded > 1000);
}

TEST_CASE("choosing stays quick with a hundred thousand waiting jobs") {
    WaitingSet set;
    for (std::int64_t key = 1; key <= 100'000; ++key) set.add(waiting(key, 3 + int(key % 8), began), began);
    std::int64_t chosen = 0;
    for (int i = 0; i < 100'000; ++i) {
        auto choice = set.choose(rules, 3, began + 20s);
        chosen += choice->key > 0;
        set.remove(choice->key);
    }
    CHECK(chosen == 100'000);
    CHECK(set.empty());
}
