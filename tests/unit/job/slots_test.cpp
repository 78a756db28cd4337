#include "base/random.hpp"
#include "job/slots.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

const MonoTime noon = MonoTime{} + 24h;
const FairnessRules defaults{};  // 15 s, 3
using Ask = SlotBook::Ask;

Ask interactive(MonoTime since, std::int64_t key = 0) { return {JobClass::interactive, since, key}; }
Ask background(MonoTime since, std::int64_t key = 0) { return {JobClass::background, since, key}; }

}  // namespace

TEST_CASE("a free slot goes to the interactive ask that has waited longest, then to background") {
    SlotBook book(3, defaults);
    book.ask("b", background(noon - 1s));
    book.ask("late", interactive(noon + 2s));
    book.ask("early", interactive(noon + 1s));
    auto now = noon + 3s;
    CHECK(book.grant(now)->lane == "early");
    CHECK(book.grant(now)->lane == "late");
    CHECK(book.grant(now)->lane == "b");
    CHECK_FALSE(book.grant(now));
}

TEST_CASE("of two asks that began to wait at the same moment the older job is first, whatever its lane is called") {
    for (auto ask : {interactive, background}) {
        SlotBook book(3, defaults);
        book.ask("z", ask(noon, 1));
        book.ask("a", ask(noon, 2));
        book.ask("m", ask(noon - 1s, 3));
        CHECK(book.grant(noon)->lane == "m");
        CHECK(book.grant(noon)->lane == "z");
        if (ask == &interactive) CHECK(book.grant(noon)->lane == "a");
    }
}

TEST_CASE("background never holds all slots when there is more than one") {
    for (int slots = 1; slots <= 5; ++slots) {
        INFO(slots << " slots");
        SlotBook book(slots, defaults);
        for (int i = 0; i < 10; ++i) book.ask(fmt::format("b{}", i), background(noon));
        int granted = 0;
        while (book.grant(noon + 1h)) ++granted;
        CHECK(granted == (slots > 1 ? slots - 1 : 1));
        book.ask("i", interactive(noon + 1h));
        if (slots > 1) CHECK(book.grant(noon + 1h)->lane == "i");
        else CHECK_FALSE(book.grant(noon + 1h));
    }
}

TEST_CASE("a slot that comes back is granted again") {
    SlotBook book(1, defaults);
    book.ask("a", interactive(noon));
    book.ask("b", interactive(noon + 1s));
    auto first = book.grant(noon + 1s);
    REQUIRE(first);
    CHECK_FALSE(book.grant(noon + 1s));
    book.give_back(*first, true);
    CHECK(book.grant(noon + 1s)->lane == "b");
    CHECK(book.asking() == 0);
}

TEST_CASE("an ask can be changed and withdrawn") {
    SlotBook book(2, defaults);
    book.ask("a", background(noon));
    book.ask("b", background(noon + 1s));
    book.ask("a", interactive(noon + 5s));
    CHECK(book.asking() == 2);
    book.ask("b", {});
    CHECK(book.grant(noon + 6s)->lane == "a");
    CHECK_FALSE(book.grant(noon + 6s));
    book.ask("nobody", {});
    CHECK(book.asking() == 0);
}

TEST_CASE("while interactive waits and background has aged, exactly one grant in four is background") {
    SlotBook book(2, defaults);
    auto now = noon + 1h;
    std::string order;
    for (int i = 0; i < 40; ++i) {
        book.ask("b", background(noon));
        book.ask("i", interactive(now));
        auto grant = book.grant(now);
        REQUIRE(grant);
        order += grant->job_class == JobClass::interactive ? 'i' : 'b';
        book.give_back(*grant, true);
    }
    CHECK(order == "iiibiiibiiibiiibiiibiiibiiibiiibiiibiiib");
}

TEST_CASE("a background grant that nobody contested does not count against the aged ones") {
    SlotBook book(2, defaults);
    auto now = noon + 1h;
    auto contested = [&] {
        book.ask("b", background(noon));
        book.ask("i", interactive(now));
        auto grant = book.grant(now);
        book.give_back(*grant, true);
        return grant->job_class;
    };
    CHECK(contested() == JobClass::interactive);
    CHECK(contested() == JobClass::interactive);
    book.ask("i", {});
    book.ask("b", background(noon));
    auto alone = book.grant(now);
    CHECK(alone->job_class == JobClass::background);
    book.give_back(*alone, true);
    CHECK(contested() == JobClass::interactive);
    CHECK(contested() == JobClass::background);
}

TEST_CASE("a grant that was not used is as if it had not been made") {
    SlotBook book(2, defaults);
    auto now = noon + 1h;
    auto contest = [&](bool used) {
        book.ask("b", background(noon));
        book.ask("i", interactive(now));
        auto grant = book.grant(now);
        book.give_back(*grant, used);
        return grant->job_class;
    };
    for (int i = 0; i < 10; ++i) CHECK(contest(false) == JobClass::interactive);
    for (int i = 0; i < 3; ++i) CHECK(contest(true) == JobClass::interactive);
    for (int i = 0; i < 5; ++i) CHECK(contest(false) == JobClass::background);
    CHECK(contest(true) == JobClass::background);
    CHECK(contest(true) == JobClass::interactive);
}

// Both bounds of the header, for any arrivals, ends and number of slots.
TEST_CASE("matrix: scheduler — fairness/aging starvation prevention (across lanes, for any arrivals)") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        INFO("seed " << seed);
        SeededRandom random(seed);
        const int slots = 1 + int(random.below(4));
        SlotBook book(slots, defaults);
        auto now = noon;
        int lanes = 0;
        std::map<std::string, Ask> asking;
        std::vector<SlotBook::Grant> held;
        std::pair<std::string, int> head;  // the aged background ask at the head, and contested grants since it was
        int contested = 0, lost = 0;       // contested grants, and those that interactive lost
        for (int step = 0; step < 500; ++step) {
            now += Millis{random.below(4000)};
            for (auto n = random.below(3); n > 0; --n) {
                auto name = fmt::format("lane{}", ++lanes);
                auto ask = random.below(3) == 0 ? background(now) : interactive(now);
                asking[name] = ask;
                book.ask(name, ask);
            }
            if (!held.empty() && random.below(2) == 0) {
                auto at = held.begin() + std::ptrdiff_t(random.below(held.size()));
                book.give_back(*at, true);
                held.erase(at);
            }
            auto oldest = [&](JobClass job_class) {
                std::pair<MonoTime, std::string> best{MonoTime::max(), ""};
                for (const auto& [name, ask] : asking)
                    if (ask.job_class == job_class) best = std::min(best, {ask.since, name});
                return best;
            };
            auto aged_head = oldest(JobClass::background);
            auto first = oldest(JobClass::interactive);
            bool may = book.running(JobClass::background) < book.background_limit();
            bool aged = !aged_head.second.empty() && now - aged_head.first > defaults.background_aging;
            auto grant = book.grant(now);
            REQUIRE(book.running(JobClass::interactive) + book.running(JobClass::background) <= slots);
            if (slots > 1) REQUIRE(book.running(JobClass::background) < slots);
            bool idle_slot = int(held.size()) < slots;
            bool somebody = !first.second.empty() || (!aged_head.second.empty() && may);
            REQUIRE(grant.has_value() == (idle_slot && somebody));
            if (!grant) continue;
            held.push_back(*grant);
            asking.erase(grant->lane);
            REQUIRE(grant->lane == (grant->job_class == JobClass::interactive ? first.second : aged_head.second));
            if (!may || !aged || first.second.empty()) continue;
            ++contested;
            lost += grant->job_class == JobClass::background;
            REQUIRE(lost == contested / (defaults.max_interactive_burst + 1));
            if (head.first != aged_head.second) head = {aged_head.second, 0};
            if (grant->job_class == JobClass::interactive) REQUIRE(++head.second <= defaults.max_interactive_burst);
        }
    }
}
