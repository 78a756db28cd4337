#include "async/nursery.hpp"
#include "support/catch.hpp"
#include "support/manual_time.hpp"

#include <boost/asio/co_spawn.hpp>

#include <string>
#include <vector>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

Task<void> note_after(TimeSource& time, Millis delay, std::string name, std::vector<std::string>& notes) {
    co_await pause_for(time, delay);
    notes.push_back(name);
}

Task<void> wait_once(std::shared_ptr<Alarm> alarm, MonoTime deadline, int& wakes) {
    co_await alarm->wait_until(deadline);
    ++wakes;
}

}  // namespace

TEST_CASE("manual time stands still until it is moved, and then jumps from deadline to deadline") {
    ManualTime time;
    asio::io_context context;
    Nursery nursery(context.get_executor(), "test");
    std::vector<std::string> notes;
    nursery.start("late", note_after(time, 20s, "late", notes));
    nursery.start("early", note_after(time, 5s, "early", notes));
    nursery.start("also late", note_after(time, 20s, "also late", notes));
    auto begin = time.mono();
    auto wall = time.wall();

    ManualTime::settle(context);
    CHECK(notes.empty());
    REQUIRE(time.advance_to_next(context));
    CHECK(notes == std::vector<std::string>{"early"});
    CHECK(time.mono() == begin + 5s);
    CHECK(time.wall() == wall + 5s);
    REQUIRE(time.advance_to_next(context));
    CHECK(notes == std::vector<std::string>{"early", "late", "also late"});
    CHECK_FALSE(time.advance_to_next(context));
}

TEST_CASE("an alarm of manual time keeps a wake-up that nobody waited for, and ends when it is woken") {
    ManualTime time;
    asio::io_context context;
    Nursery nursery(context.get_executor(), "test");
    std::shared_ptr<Alarm> alarm = time.alarm(context.get_executor());
    int wakes = 0;
    alarm->wake();
    nursery.start("kept", wait_once(alarm, MonoTime::max(), wakes));
    ManualTime::settle(context);
    CHECK(wakes == 1);

    nursery.start("woken", wait_once(alarm, time.mono() + 1h, wakes));
    ManualTime::settle(context);
    CHECK(wakes == 1);
    alarm->wake();
    ManualTime::settle(context);
    CHECK(wakes == 2);
    CHECK_FALSE(time.next());
}

TEST_CASE("a wait of manual time ends when it is cancelled, and its deadline is forgotten") {
    ManualTime time;
    asio::io_context context;
    Nursery nursery(context.get_executor(), "test");
    std::vector<std::string> notes;
    auto child = nursery.start("cancelled", note_after(time, 5s, "never", notes));
    ManualTime::settle(context);
    REQUIRE(time.next());
    child->cancel(asio::cancellation_type::terminal);
    ManualTime::settle(context);
    CHECK(nursery.size() == 0);
    CHECK_FALSE(time.next());
    CHECK(notes.empty());
}

TEST_CASE("a context that is destroyed takes the coroutines that wait for manual time with it") {
    ManualTime time;
    auto gone = std::make_shared<int>(0);
    std::weak_ptr<int> watch = gone;
    {
        auto context = std::make_unique<asio::io_context>();
        std::shared_ptr<Alarm> alarm = time.alarm(context->get_executor());
        auto hold = [](std::shared_ptr<int> held, std::shared_ptr<Alarm> a) -> Task<void> {
            co_await a->wait();
            ++*held;
        };
        asio::co_spawn(*context, hold(std::move(gone), std::move(alarm)), [](std::exception_ptr) {});
        ManualTime::settle(*context);
        CHECK_FALSE(watch.expired());
    }
    CHECK(watch.expired());
}
