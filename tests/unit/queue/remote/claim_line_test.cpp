#include "queue/remote/claim_line.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

const MonoTime asked{1h};

RemoteOffer offer(std::int64_t key, std::string type, int priority = 5, std::string owner = "") {
    return RemoteOffer(WaitingJob{key, priority, asked, {}}, std::move(type), std::move(owner));
}

RemoteOffer delayed(std::int64_t key, std::string type, Millis by) {
    return RemoteOffer(WaitingJob{key, 5, asked, asked + by}, std::move(type), "");
}

using Pair = std::pair<ClaimLine::Place, std::int64_t>;

std::optional<Pair> next(ClaimLine& line, MonoTime at = asked, bool with_pool = true) {
    auto match = line.match(at, with_pool);
    if (!match) return {};
    CHECK(match->choice.key == match->offer.job.key);
    return Pair(match->place, match->offer.job.key);
}

}  // namespace

TEST_CASE("the one who has asked longest is served first, whatever he asks for") {
    ClaimLine line;
    line.join(1, {"a"});
    line.join(2, {"b"});
    line.join(3, {"b", "a"});
    line.add(offer(10, "b"), asked);
    line.add(offer(11, "a"), asked);
    line.add(offer(12, "a"), asked);
    CHECK(next(line) == Pair(1, 11));
    CHECK(next(line) == Pair(2, 10));
    CHECK(next(line) == Pair(3, 12));
    CHECK(!next(line));
    CHECK(line.jobs() + line.asking() == 0);
}

TEST_CASE("of all types that one asks for, the most urgent job is given, then the one that came first") {
    ClaimLine line;
    line.add(offer(10, "a", 5), asked);
    line.add(offer(11, "b", 1), asked);
    line.add(offer(12, "a", 1, "lane"), asked);
    line.add(offer(13, "c", 0), asked);
    std::vector<std::int64_t> given;
    for (ClaimLine::Place place = 1; place <= 3; ++place) {
        line.join(place, {"a", "b", "a"});
        given.push_back(next(line).value().second);
    }
    CHECK(given == std::vector<std::int64_t>{11, 12, 10});
    line.join(9, {"a", "b"});
    CHECK(!next(line));
    CHECK(line.jobs() == 1);
}

TEST_CASE("who has left is given nothing, and what was taken off is given to nobody") {
    ClaimLine line;
    line.join(1, {"a"});
    line.join(2, {"a"});
    CHECK(line.leave(1));
    CHECK_FALSE(line.leave(1));
    line.add(offer(10, "a"), asked);
    line.add(offer(11, "a"), asked);
    CHECK(line.remove(10));
    CHECK_FALSE(line.remove(10));
    CHECK(next(line) == Pair(2, 11));
}

TEST_CASE("a job with a time waits for it") {
    ClaimLine line;
    line.join(1, {"a"});
    line.add(delayed(10, "a", 5s), asked);
    CHECK(line.next_due() == asked + 5s);
    CHECK(!next(line, asked + 4s));
    CHECK(next(line, asked + 5s) == Pair(1, 10));
    CHECK(!line.next_due());
    line.add(delayed(11, "a", 5s), asked);
    line.remove(11);
    CHECK(!line.next_due());
}

TEST_CASE("without the pool, jobs of lanes alone are given") {
    ClaimLine line;
    line.join(1, {"a"});
    line.add(offer(10, "a", 0), asked);
    CHECK(!next(line, asked, false));
    line.add(offer(11, "a", 9, "lane"), asked);
    CHECK(next(line, asked, false) == Pair(1, 11));
    line.join(2, {"a"});
    CHECK(next(line) == Pair(2, 10));
}
