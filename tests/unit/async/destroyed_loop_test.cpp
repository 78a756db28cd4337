#include "async/nursery.hpp"
#include "async/reply.hpp"
#include "support/catch.hpp"
#include "support/manual_time.hpp"
#include "support/mortal_loop.hpp"

#include <memory>

using namespace lanekeeper;

namespace {

Task<void> wait_for_ever(TimeSource& time, std::shared_ptr<int> held) {
    auto executor = co_await asio::this_coro::executor;
    auto alarm = time.alarm(executor);
    co_await alarm->wait();
    *held = 1;
}

Task<void> wait_for_nobody(std::shared_ptr<Reply<int>> reply, std::shared_ptr<int> held) {
    std::function<void()> ask_nobody = [] {};
    *held = co_await await_reply(reply, ask_nobody);
}

}  // namespace

TEST_CASE("A nursery forgets the coroutines of a loop that was destroyed, and they are gone") {
    ManualTime time;
    auto held = std::make_shared<int>(0);
    testing::MortalLoop loop;
    Nursery nursery(loop.get_executor(), "test");
    bool told = false;
    auto done = [&](std::exception_ptr) { told = true; };
    nursery.start("waits", wait_for_ever(time, held), done);
    ManualTime::settle(loop);
    REQUIRE(nursery.size() == 1);
    loop.destroy_waiting();
    CHECK(nursery.size() == 0);
    CHECK_FALSE(told);
    CHECK(held.use_count() == 1);
}

TEST_CASE("A reply that is forgotten destroys the coroutine that waits for it") {
    auto held = std::make_shared<int>(0);
    auto reply = std::make_shared<Reply<int>>();
    testing::MortalLoop loop;
    Nursery nursery(loop.get_executor(), "test");
    nursery.start("waits", wait_for_nobody(reply, held));
    ManualTime::settle(loop);
    REQUIRE(held.use_count() == 2);
    reply->forget();
    loop.destroy_waiting();
    CHECK(nursery.size() == 0);
    CHECK(held.use_count() == 1);
}
