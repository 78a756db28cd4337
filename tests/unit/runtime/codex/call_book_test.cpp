#include "runtime/codex/call_book.hpp"

#include "support/catch.hpp"

#include <random>

using namespace lanekeeper;
using namespace lanekeeper::codex;
using namespace std::chrono_literals;

namespace {

constexpr MonoTime start = MonoTime{} + 1h;

struct Ends {
    std::vector<CallEnd::How> hows;
    CallDone done() {
        return [this](CallEnd end) { hows.push_back(end.how); };
    }
};

std::int64_t id_of(const std::string& line) { return json::parse(line).at("id").as_int64(); }

Message answer_to(std::int64_t id) {
    Message reply;
    reply.kind = Message::Kind::reply;
    reply.id = id;
    reply.result = json::object();
    return reply;
}

}  // namespace

TEST_CASE("a call goes out once, under an id of its own, and ends with its reply") {
    CallBook book;
    Ends ends;
    book.ask("a", {}, start + 1s, ends.done());
    book.ask("b", {}, start + 1s, ends.done());
    auto lines = book.take_ready();
    REQUIRE(lines.size() == 2);
    CHECK(id_of(lines[0]) != id_of(lines[1]));
    CHECK(book.take_ready().empty());
    CHECK(book.answer(answer_to(id_of(lines[1]))));
    CHECK(ends.hows == std::vector{CallEnd::How::answered});
    CHECK_FALSE(book.answer(answer_to(id_of(lines[1]))));
    CHECK_FALSE(book.answer(answer_to(999)));
    CHECK(ends.hows.size() == 1);
    CHECK(book.open() == 1);
}

TEST_CASE("a refusal comes with its error") {
    CallBook book;
    std::string said;
    book.ask("a", {}, start + 1s, [&](CallEnd end) {
        if (end.how == CallEnd::How::refused) said = end.error.message;
    });
    auto reply = answer_to(id_of(book.take_ready().at(0)));
    reply.error = RpcError(-32600, "no active turn to interrupt");
    book.answer(std::move(reply));
    CHECK(said == "no active turn to interrupt");
}

TEST_CASE("a deadline ends its call and no other; a reply that comes later is nobody's") {
    CallBook book;
    Ends first, second;
    book.ask("a", {}, start + 1s, first.done());
    book.ask("b", {}, start + 2s, second.done());
    auto lines = book.take_ready();
    CHECK(book.next_deadline() == start + 1s);
    CHECK(book.expire(start + 999ms) == 0);
    CHECK(book.expire(start + 1s) == 1);
    CHECK(first.hows == std::vector{CallEnd::How::timed_out});
    CHECK(second.hows.empty());
    CHECK_FALSE(book.answer(answer_to(id_of(lines[0]))));
    CHECK(book.next_deadline() == start + 2s);
}

TEST_CASE("so many calls are out at a time; the others follow in their order, without those that ended in line") {
    CallBook book(2);
    Ends ends;
    for (int i = 0; i < 4; ++i) book.ask("call", {}, start + (i == 2 ? 1s : 9s), ends.done());
    auto out = book.take_ready();
    REQUIRE(out.size() == 2);
    CHECK(book.take_ready().empty());
    book.expire(start + 1s);
    book.answer(answer_to(id_of(out[0])));
    auto next = book.take_ready();
    REQUIRE(next.size() == 1);
    CHECK(id_of(next[0]) == 4);
}

TEST_CASE("when the connection is lost, every call is, once, and what is asked meanwhile is not") {
    CallBook book(1);
    int lost = 0;
    Ends later;
    for (int i = 0; i < 3; ++i)
        book.ask("a", {}, start + 1s, [&](CallEnd end) {
            if (end.how == CallEnd::How::lost) ++lost;
            if (lost == 1) book.ask("b", {}, start + 5s, later.done());
        });
    book.take_ready();
    book.lose_all();
    CHECK(lost == 3);
    CHECK(later.hows.empty());
    CHECK(book.open() == 1);
    CHECK(book.take_ready().size() == 1);
}

TEST_CASE("whatever happens in whatever order, each call ends exactly once", "[fuzz]") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        std::mt19937 random(seed);
        CallBook book(1 + random() % 5);
        std::vector<int> ended;
        auto now = start;
        auto done = [&ended](std::size_t call) { return [&ended, call](CallEnd) { ++ended[call]; }; };
        for (int step = 0; step < 300; ++step) {
            switch (random() % 5) {
                case 0:
                case 1:
                    ended.push_back(0);
                    book.ask("m", {}, now + Millis(random() % 50), done(ended.size() - 1));
                    break;
                case 2: book.take_ready(); break;
                case 3: book.answer(answer_to(std::int64_t(1 + random() % (ended.size() + 1)))); break;
                default:
                    now += Millis(random() % 20);
                    book.expire(now);
            }
            if (random() % 100 == 0) book.lose_all();
        }
        book.lose_all();
        for (int times : ended)
            if (times != 1) FAIL("seed " << seed << ": a call ended " << times << " times");
    }
}
