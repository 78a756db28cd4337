#include "async/nursery.hpp"

#include "support/catch.hpp"
#include "support/run.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

#include <string>
#include <vector>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

Task<void> sleep(TimeSource& time, Millis span) {
    auto waiting = pause_for(time, span);
    co_await std::move(waiting);
}

Task<void> sleep_until_asked(TimeSource& time, std::string& heard) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    try {
        auto waiting = pause_for(time, 1h);
        co_await std::move(waiting);
    } catch (...) {
        heard = "asked";
        throw;
    }
}

Task<void> deaf(TimeSource& time) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    auto waiting = pause_for(time, 1h);
    co_await std::move(waiting);
}

Task<void> fail_at_once() {
    throw std::runtime_error("at once");
    co_return;
}

}  // namespace

TEST_CASE("a nursery knows what runs, by name, and can be awaited until nothing does") {
    Stage stage;
    Nursery nursery(stage.executor(), "test");
    stage.wait_for(nursery.wait_empty());
    nursery.start("short", sleep(stage.time, 1s));
    nursery.start("long", sleep(stage.time, 3s));
    CHECK(nursery.names() == std::vector<std::string>{"short", "long"});
    stage.advance(2s);
    CHECK(nursery.names() == std::vector<std::string>{"long"});
    auto begin = stage.time.mono();
    stage.wait_for(nursery.wait_empty());
    CHECK(stage.time.mono() - begin == 1s);
    CHECK(nursery.size() == 0);
}

TEST_CASE("what escapes from a coroutine reaches its owner, also when it ends before its first step") {
    Stage stage;
    Nursery nursery(stage.executor(), "test");
    std::string what;
    nursery.start("fails", fail_at_once(), [&](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            what = e.what();
        }
    });
    nursery.start("fails unseen", fail_at_once());
    stage.settle();
    CHECK(what == "at once");
    CHECK(nursery.size() == 0);
}

TEST_CASE("a cancellation reaches its coroutine once, at once or later, and none that has ended") {
    Stage stage;
    Nursery nursery(stage.executor(), "test");
    std::string heard;
    auto child = nursery.start("listens", sleep_until_asked(stage.time, heard));
    stage.settle();
    child->cancel(asio::cancellation_type::total);
    stage.settle();
    CHECK(heard == "asked");
    CHECK(nursery.size() == 0);
    child->cancel(asio::cancellation_type::terminal);

    auto early = nursery.start("cancelled before it begins", sleep(stage.time, 1h));
    early->cancel(asio::cancellation_type::terminal);
    stage.settle();
    CHECK(nursery.size() == 0);
}

TEST_CASE("total cancellation means nothing to who has not asked for it, terminal means it to all but the deaf") {
    Stage stage;
    Nursery nursery(stage.executor(), "test");
    nursery.start("plain", sleep(stage.time, 1h));
    nursery.start("deaf", deaf(stage.time));
    stage.settle();
    nursery.cancel_all(asio::cancellation_type::total);
    stage.settle();
    CHECK(nursery.size() == 2);
    nursery.cancel_all(asio::cancellation_type::terminal);
    stage.settle();
    CHECK(nursery.names() == std::vector<std::string>{"deaf"});
    stage.advance(1h);
    CHECK(nursery.size() == 0);
}

TEST_CASE("an io_context that is destroyed empties its nurseries and calls nobody") {
    ManualTime time;
    auto context = std::make_unique<asio::io_context>();
    auto nursery = std::make_shared<Nursery>(context->get_executor(), "test");
    int called = 0;
    // As a lane does: the coroutine's end keeps the owner of the nursery.
    for (int i = 0; i < 3; ++i) nursery->start("parked", sleep(time, 1h), [&called, nursery](std::exception_ptr) { ++called; });
    std::weak_ptr<Nursery> watch = nursery;
    ManualTime::settle(*context);
    CHECK(nursery->size() == 3);
    nursery.reset();
    CHECK_FALSE(watch.expired());
    context.reset();
    CHECK(watch.expired());
    CHECK(called == 0);
}

TEST_CASE("a child that ended holds nothing of whoever waited for it") {
    Stage stage;
    Nursery nursery(stage.executor(), "test");
    auto waited = std::make_shared<int>(0);
    auto child = nursery.start("short", sleep(stage.time, 1s), [waited](std::exception_ptr) { ++*waited; });
    stage.wait_for(nursery.wait_empty());
    CHECK(*waited == 1);
    CHECK(waited.use_count() == 1);
}

TEST_CASE("ten thousand coroutines come and go in any order without a scan") {
    Stage stage;
    Nursery nursery(stage.executor(), "test");
    for (int i = 0; i < 10'000; ++i) nursery.start("child", sleep(stage.time, Millis{(i * 7919) % 10'007 + 1}));
    CHECK(nursery.size() == 10'000);
    stage.wait_for(nursery.wait_empty());
    CHECK(nursery.size() == 0);
}
