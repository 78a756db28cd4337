// The queue on several threads and the machine's own time: what one thread cannot get wrong, a sanitizer finds here.
#include "queue/local_queue.hpp"
#include "store/memory/memory_store.hpp"
#include "support/catch.hpp"
#include "support/fake_runtime.hpp"
#include "support/scripted_work.hpp"

#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <thread>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

struct Tally {
    std::atomic<int> ended{0};
    std::atomic<int> overlaps{0};
    std::array<std::atomic<int>, 8> running{};
};

Task<RunOutcome> counted(std::shared_ptr<Tally> tally, std::shared_ptr<RunContext> context) {
    auto lane = std::size_t(context->job().owner.back() - '0');
    if (tally->running[lane].fetch_add(1) != 0) ++tally->overlaps;
    json::value progress = 1;
    co_await context->report_progress(std::move(progress));
    tally->running[lane].fetch_sub(1);
    RunOutcome outcome = CompletedRun();
    co_return outcome;
}

Task<void> client(LocalQueue& queue, std::shared_ptr<Tally> tally, int number) {
    for (int i = 0; i < 40; ++i) {
        EnqueueRequest request;
        request.type = "work";
        request.owner = fmt::format("p{}", (number + i) % 8);
        auto enqueuing = queue.enqueue(std::move(request));
        auto enqueued = co_await std::move(enqueuing);
        auto id = enqueued.value().job.id();
        if (i % 5 == 0) {
            auto canceling = queue.cancel(id, "user");
            auto canceled = co_await std::move(canceling);
            (void)canceled;
        }
        auto waiting = queue.wait_terminal(id, 60s);
        auto ended = co_await std::move(waiting);
        if (ended && is_terminal(ended->state)) ++tally->ended;
    }
}

Task<void> use(LocalQueue& queue, std::shared_ptr<Tally> tally, asio::any_io_executor executor) {
    auto starting = queue.start();
    co_await std::move(starting);
    Nursery clients(executor, "clients");
    for (int number = 0; number < 8; ++number) {
        auto strand = asio::make_strand(executor);
        auto work = client(queue, tally, number);
        auto hopping = on_strand(strand, std::move(work));
        clients.start("client", std::move(hopping));
    }
    auto waiting = clients.wait_empty();
    co_await std::move(waiting);
    StopOptions options;
    auto stopping = queue.stop(options);
    co_await std::move(stopping);
}

}  // namespace

TEST_CASE("on several threads every job still ends once, one at a time in its lane, and the loop runs dry") {
    asio::io_context context(3);
    SystemTime time;
    MemoryStore store(time);
    Ledger ledger(store);
    auto hub = make_hub(0);
    ledger.attach(*hub);
    Registry registry;
    auto tally = std::make_shared<Tally>();
    Definition definition;
    definition.type = "work";
    definition.retry.backoff = Backoff::fixed(Millis{0});
    definition.run = [tally](std::shared_ptr<RunContext> run, json::object) { return counted(tally, std::move(run)); };
    registry.add(std::move(definition));
    FakeRuntime runtime;
    SystemRandom random;
    auto metrics = make_metrics();
    QueueSettings settings;
    settings.global_concurrency = 4;
    LocalQueue queue(ledger, registry, runtime, time, random, *metrics, settings, context.get_executor());

    auto strand = asio::any_io_executor(asio::make_strand(context.get_executor()));
    Nursery nursery(strand, "test");
    std::exception_ptr failure;
    auto opening = store.open();
    nursery.start("open", std::move(opening));
    context.run();
    context.restart();
    nursery.start("use", use(queue, tally, strand), [&](std::exception_ptr error) { failure = error; });
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { context.run(); });
    for (auto& thread : threads) thread.join();
    if (failure) std::rethrow_exception(failure);
    CHECK(tally->ended == 8 * 40);
    CHECK(tally->overlaps == 0);
    CHECK(store.counts().by_state[JobState::running] == 0);
    CHECK(queue.left_over().empty());
}
