#include "web/deadline.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"
#include "web/address_book.hpp"
#include "web/http_date.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

struct DeadlineRig {
    Stage stage;
    int expired = 0;
    Deadline deadline{stage.time, stage.executor(), [this] { ++expired; }};
    DeadlineRig() {
        stage.nursery.start("deadline", deadline.run());
        stage.settle();
    }
    ~DeadlineRig() {
        deadline.close();
        stage.settle();
    }
};

}  // namespace

TEST_CASE_METHOD(DeadlineRig, "A deadline expires once, at its time") {
    deadline.set(Millis(100));
    stage.advance(Millis(99));
    CHECK(expired == 0);
    stage.advance(Millis(1));
    CHECK(expired == 1);
    CHECK(deadline.expired());
    stage.advance(Millis(1000));
    CHECK(expired == 1);
}

TEST_CASE_METHOD(DeadlineRig, "A deadline that was moved away or cleared does not expire at its old time") {
    deadline.set(Millis(100));
    stage.advance(Millis(50));
    deadline.set(Millis(100));
    stage.advance(Millis(99));
    CHECK(expired == 0);
    deadline.clear();
    stage.advance(Millis(1000));
    CHECK(expired == 0);
}

TEST_CASE_METHOD(DeadlineRig, "A nearer deadline replaces a farther one") {
    deadline.set(Millis(10'000));
    stage.settle();
    deadline.set(Millis(10));
    stage.advance(Millis(10));
    CHECK(expired == 1);
    deadline.set(Millis(20));
    CHECK_FALSE(deadline.expired());
    stage.advance(Millis(20));
    CHECK(expired == 2);
}

TEST_CASE("Connections are counted in all and per address, but for this machine's own") {
    AddressBook book(4, 2);
    CHECK(book.enter("9.9.9.9", false));
    CHECK(book.enter("9.9.9.9", false));
    CHECK_FALSE(book.enter("9.9.9.9", false));
    CHECK(book.enter("127.0.0.1", true));
    CHECK(book.enter("127.0.0.1", true));
    CHECK_FALSE(book.enter("127.0.0.1", true));
    book.leave("9.9.9.9");
    CHECK(book.enter("127.0.0.1", true));
    CHECK(book.size() == 4);
    book.leave("unknown");
    CHECK(book.size() == 4);
}

TEST_CASE("Dates are those of HTTP") {
    CHECK(http_date(from_ms(1'700'000'000'999)) == "Tue, 14 Nov 2023 22:13:20 GMT");
    CHECK(http_date(from_ms(951'782'400'000)) == "Tue, 29 Feb 2000 00:00:00 GMT");
}
