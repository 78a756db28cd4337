#include "async/time_source.hpp"

#include "async/nursery.hpp"
#include "support/catch.hpp"
#include "support/manual_time.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

using namespace lanekeeper;
using namespace std::chrono_literals;

namespace {

Task<void> wait_once(Alarm& alarm, MonoTime deadline, int& wakes) {
    auto waiting = alarm.wait_until(deadline);
    co_await std::move(waiting);
    ++wakes;
}

}  // namespace

// The machine's own alarm; waits are a few milliseconds, or ended by hand.
TEST_CASE("the machine's alarm returns at its deadline, also when that has passed") {
    asio::io_context context;
    SystemTime time;
    Nursery nursery(context.get_executor(), "test");
    auto alarm = time.alarm(context.get_executor());
    int wakes = 0;
    auto deadline = time.mono() + 5ms;
    nursery.start("waits", wait_once(*alarm, deadline, wakes));
    context.run();
    CHECK(wakes == 1);
    CHECK(time.mono() >= deadline);
    nursery.start("late", wait_once(*alarm, time.mono() - 1h, wakes));
    context.restart();
    context.run();
    CHECK(wakes == 2);
}

TEST_CASE("a wake-up ends a wait of the machine's alarm, and one that comes early is kept, once") {
    asio::io_context context;
    SystemTime time;
    Nursery nursery(context.get_executor(), "test");
    auto alarm = time.alarm(context.get_executor());
    int wakes = 0;
    alarm->wake();
    alarm->wake();
    nursery.start("kept", wait_once(*alarm, MonoTime::max(), wakes));
    context.run();
    CHECK(wakes == 1);
    nursery.start("woken", wait_once(*alarm, MonoTime::max(), wakes));
    context.restart();
    context.poll();
    CHECK(wakes == 1);
    alarm->wake();
    context.run();
    CHECK(wakes == 2);
}

TEST_CASE("a cancelled wait of the machine's alarm throws, and the alarm works on") {
    asio::io_context context;
    SystemTime time;
    Nursery nursery(context.get_executor(), "test");
    auto alarm = time.alarm(context.get_executor());
    int wakes = 0;
    bool failed = false;
    auto child = nursery.start("cancelled", wait_once(*alarm, MonoTime::max(), wakes),
                               [&](std::exception_ptr error) { failed = error != nullptr; });
    context.poll();
    child->cancel(asio::cancellation_type::terminal);
    context.restart();
    context.run();
    CHECK(failed);
    CHECK(wakes == 0);
    nursery.start("again", wait_once(*alarm, time.mono() + 1ms, wakes));
    context.restart();
    context.run();
    CHECK(wakes == 1);
}

TEST_CASE("sleeping until a time that has passed ends at once, under either clock") {
    asio::io_context context;
    ManualTime manual;
    SystemTime machine;
    Nursery nursery(context.get_executor(), "test");
    nursery.start("manual", sleep_until(manual, manual.mono() - 1s));
    nursery.start("machine", sleep_until(machine, machine.mono() - 1s));
    context.run();
    CHECK(nursery.size() == 0);
}
