#include "web/outbox.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

OutMessage message(const std::string& text, std::int64_t seq = 0) { return {std::make_shared<const std::string>(text), seq}; }

struct Fixture {
    WebCounters counters;
    int woken = 0;
    Outbox outbox{counters, [this] { ++woken; }, {3, 100}};
};

}  // namespace

TEST_CASE_METHOD(Fixture, "Messages come out in the order in which they went in, and wake the writer") {
    outbox.push(message("a", 1));
    outbox.push(message("b"));
    CHECK(woken == 2);
    CHECK(*outbox.pop()->text == "a");
    CHECK(outbox.last_seq() == 1);
    CHECK(*outbox.pop()->text == "b");
    CHECK(outbox.last_seq() == 1);
    CHECK_FALSE(outbox.pop());
}

TEST_CASE_METHOD(Fixture, "One message too many drops the backlog and orders 1013 with the last seq given") {
    for (int seq = 5; seq < 9; ++seq) {
        outbox.push(message("m", seq));
        if (seq == 5) outbox.pop();
    }
    outbox.push(message("one too many", 9));
    CHECK(outbox.overflowed());
    CHECK(outbox.size() == 0);
    CHECK(counters.outbox_bytes == 0);
    CHECK(counters.slow_closes == 1);
    REQUIRE(outbox.due_close());
    CHECK(outbox.due_close()->code == 1013);
    CHECK(outbox.due_close()->reason == "seq=5");
    outbox.push(message("nobody hears this", 10));
    CHECK_FALSE(outbox.pop());
    CHECK(counters.slow_closes == 1);
}

TEST_CASE_METHOD(Fixture, "Bytes count as messages do, but a single large message goes out") {
    outbox.push(message(std::string(500, 'x')));
    CHECK_FALSE(outbox.overflowed());
    CHECK_FALSE(outbox.has_room(1));
    outbox.push(message("y"));
    CHECK(outbox.overflowed());
}

TEST_CASE_METHOD(Fixture, "A client that never got an event is sent back to where it joined") {
    outbox.start_at(41);
    for (int i = 0; i < 4; ++i) outbox.push(message("m", 50 + i));
    CHECK(outbox.due_close()->reason == "seq=41");
}

TEST_CASE_METHOD(Fixture, "A close order waits for what was said before it, and the first one stays") {
    outbox.push(message("last words"));
    outbox.close(1012, "restart");
    CHECK_FALSE(outbox.due_close());
    CHECK_FALSE(outbox.open());
    outbox.close(1000, "later");
    outbox.pop();
    CHECK(outbox.due_close()->code == 1012);
}

TEST_CASE_METHOD(Fixture, "A dropping close leaves nothing to send") {
    outbox.push(message("unsaid"));
    outbox.close(1008, "policy", true);
    CHECK(outbox.due_close()->code == 1008);
    CHECK_FALSE(outbox.pop());
}

TEST_CASE("What waits is counted over all clients and forgotten with them") {
    WebCounters counters;
    {
        Outbox one(counters, [] {});
        Outbox two(counters, [] {});
        one.push(message("12345"));
        two.push(message("123"));
        CHECK(counters.outbox_bytes == 8);
        one.pop();
        CHECK(counters.outbox_bytes == 3);
    }
    CHECK(counters.outbox_bytes == 0);
}
