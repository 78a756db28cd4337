#include "async/reply.hpp"

#include "support/catch.hpp"
#include "support/run_task.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <future>
#include <thread>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

struct Seen {
    std::thread::id before, work, after;
    std::string value;
};

Task<Seen> where(WorkerThread& worker) {
    Seen seen;
    seen.before = std::this_thread::get_id();
    auto run = run_on(worker, [&seen] {
        seen.work = std::this_thread::get_id();
        return std::string("value");
    });
    seen.value = co_await std::move(run);
    seen.after = std::this_thread::get_id();
    co_return seen;
}

Task<int> failing(WorkerThread& worker) {
    auto run = run_on(worker, []() -> int { throw std::runtime_error("from the thread"); });
    int value = co_await std::move(run);
    co_return value;
}

Task<void> many(WorkerThread& worker, int& sum) {
    for (int i = 0; i < 200; ++i) {
        auto run = run_on(worker, [i] { return i; });
        int value = co_await std::move(run);
        sum += value;
    }
}

// Asks, and then meets whatever came meanwhile at its next await.
Task<void> ask_then_go_on(WorkerThread& worker, std::shared_future<void> gate, bool& answered, bool& went_on) {
    auto run = run_on(worker, [gate] {
        gate.wait();
        return 42;
    });
    int value = co_await std::move(run);
    answered = value == 42;
    auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    went_on = true;
}

}  // namespace

TEST_CASE("work runs on the thread and its caller goes on where it was") {
    WorkerThread worker;
    auto seen = run_task(where(worker));
    CHECK(seen.value == "value");
    CHECK(seen.before == seen.after);
    CHECK(seen.work != seen.before);
}

TEST_CASE("what the work throws, its caller catches") {
    WorkerThread worker;
    CHECK_THROWS_WITH(run_task(failing(worker)), "from the thread");
}

TEST_CASE("the caller's loop stays alive while the thread works") {
    WorkerThread worker;
    int sum = 0;
    run_task(many(worker, sum));
    CHECK(sum == 199 * 200 / 2);
}

TEST_CASE("a cancellation neither loses nor breaks what was asked for") {
    WorkerThread worker;
    asio::io_context loop(1);
    std::promise<void> gate;
    asio::cancellation_signal signal;
    bool answered = false;
    bool went_on = false;
    std::exception_ptr end;
    auto task = ask_then_go_on(worker, gate.get_future().share(), answered, went_on);
    auto done = [&](std::exception_ptr error) { end = error; };
    asio::co_spawn(loop, std::move(task), asio::bind_cancellation_slot(signal.slot(), done));
    loop.poll();
    signal.emit(asio::cancellation_type::terminal);
    loop.poll();
    CHECK(!answered);
    gate.set_value();
    loop.run();
    CHECK(answered);
    CHECK(!went_on);
    CHECK(end);
}

TEST_CASE("many loops may ask one thread at once") {
    WorkerThread worker;
    std::vector<int> sums(4);
    std::vector<std::thread> loops;
    for (auto& sum : sums) loops.emplace_back([&] { run_task(many(worker, sum)); });
    for (auto& loop : loops) loop.join();
    for (auto sum : sums) CHECK(sum == 199 * 200 / 2);
}

TEST_CASE("a thread does what it was given before it ends, and looks up when it has nothing to do") {
    std::atomic<int> idle = 0;
    std::atomic<int> done = 0;
    {
        WorkerThread worker([&]() -> std::optional<Millis> {
            if (++idle < 3) return Millis{1};
            return {};
        });
        while (idle < 3) std::this_thread::yield();
        for (int i = 0; i < 10; ++i) worker.post([&] { ++done; });
    }
    CHECK(done == 10);
    CHECK(idle >= 3);
}
