#include "web/idempotency.hpp"

#include "agents/questions.hpp"
#include "queue/schedules/schedules.hpp"
#include "support/catch.hpp"
#include "support/house.hpp"
#include "web/handlers/scheduled_job.hpp"

#include <boost/asio/this_coro.hpp>

using namespace lanekeeper;
using namespace lanekeeper::web;
using namespace std::chrono_literals;

namespace {

/// What handlers are given, over the house's insides.
struct Desk {
    House house;
    Suggestions suggestions{house.settings, house.stage.time, house.random, house.ledger, house.sessions, house.queue};
    Questions questions{house.stage.executor(), house.sessions};
    Schedules schedules{house.ledger, house.queue, house.stage.time, house.random, house.stage.executor(), read_scheduled_job};
    Services services{house.settings, house.stage.time, house.random,   house.store,   house.ledger,   *house.hub,
                      house.queue,    schedules,        house.registry, house.runtime, house.sessions, house.projects,
                      house.ingest,   suggestions,      questions,      *house.metrics};

    ApiReply ask(Handler handler, std::string body = "{}") {
        return house.stage.wait_for(answer_once(services, handler, request(std::move(body))));
    }
    static ApiRequest request(std::string body) {
        ApiRequest request;
        request.route = "POST /api/things";
        request.path = "/api/things";
        request.caller = "me";
        request.raw_body = std::move(body);
        request.headers["idempotency-key"] = "k";
        return request;
    }
    std::size_t kept() { return house.records("idempotency", "POST /api/things me"); }
};

int calls = 0;
std::optional<std::string> last_begun;
bool answer_settles = true;

/// Keeps that it began something, and answers with how often it was called.
Task<ApiReply> begin_thing(Services& services, ApiRequest request) {
    last_begun = request.claim->begun;
    ++calls;
    if (!last_begun) {
        Effects effects;
        effects.puts.push_back(keep_begun(*request.claim, "thing_" + std::to_string(calls)));
        auto committed = co_await services.ledger.commit(services.time.wall(), std::move(effects));
        if (!committed) co_return refuse(committed.error());
    }
    ApiReply reply(202, json::object{{"call", calls}});
    reply.settled = answer_settles;
    co_return reply;
}

Task<ApiReply> refuse_thing(Services&, ApiRequest) {
    ++calls;
    co_return refuse(Problem("no_active_turn", "no"));
}

Task<ApiReply> begin_and_die(Services& services, ApiRequest request) {
    co_await begin_thing(services, std::move(request));
    throw RuntimeUnavailable("it died");
}

Task<ApiReply> slow_thing(Services& services, ApiRequest request) {
    co_await pause_for(services.time, 10s);
    co_return co_await begin_thing(services, std::move(request));
}

void forget_calls() {
    calls = 0;
    last_begun.reset();
    answer_settles = true;
}

}  // namespace

TEST_CASE("an answer that is settled is replayed; one that may yet change is asked for again, with what was begun") {
    forget_calls();
    Desk desk;
    answer_settles = false;
    CHECK(desk.ask(begin_thing).body.at("call") == 1);
    CHECK(desk.ask(begin_thing).body.at("call") == 2);
    CHECK(last_begun == "thing_1");
    answer_settles = true;
    CHECK(desk.ask(begin_thing).body.at("call") == 3);
    CHECK(desk.ask(begin_thing).body.at("call") == 3);
    CHECK(calls == 3);
}

TEST_CASE("what was begun and not answered is handed to the repetition") {
    forget_calls();
    Desk desk;
    CHECK_THROWS_AS(desk.ask(begin_and_die), RuntimeUnavailable);
    CHECK(desk.ask(begin_thing).status == 202);
    CHECK(last_begun == "thing_1");
}

TEST_CASE("a key is free after a day, for another request too, whether or not its record was removed") {
    forget_calls();
    Desk desk;
    desk.ask(begin_thing);
    CHECK(desk.ask(begin_thing, "[]").status == 422);
    desk.house.stage.advance(24h);
    CHECK(desk.ask(refuse_thing, "[]").status == 409);
    CHECK(desk.ask(begin_thing, "[]").body.at("call") == 3);
    CHECK_FALSE(last_begun);
    CHECK(desk.kept() == 1);
    CHECK(desk.ask(begin_thing, "[]").body.at("call") == 3);
}

TEST_CASE("of two calls at once under a key whose time is over, one does it and the other gets its answer") {
    forget_calls();
    Desk desk;
    desk.ask(begin_thing);
    desk.house.stage.advance(25h);
    auto first = std::make_shared<std::optional<ApiReply>>();
    desk.house.stage.nursery.start("first", [](Desk& desk, std::shared_ptr<std::optional<ApiReply>> reply) -> Task<void> {
        auto request = Desk::request("{}");
        *reply = co_await answer_once(desk.services, slow_thing, std::move(request));
    }(desk, first));
    desk.house.stage.advance(1s);
    auto second = desk.ask(begin_thing);
    REQUIRE(*first);
    CHECK((*first)->body == second.body);
    CHECK(calls == 2);
    CHECK(desk.kept() == 1);
}
