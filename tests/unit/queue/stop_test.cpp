// stop({drain, settle}): bounded in all its phases, whatever the runners do (queue.md 7).
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

#include <fmt/format.h>

#include <set>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

constexpr Millis drain = 5000ms, settle_window = 2000ms;

/// How long the stop took.
Millis stop(QueueRig& rig) {
    auto begin = rig.time.mono();
    rig.wait_for(rig.queue->stop(StopOptions(drain, settle_window)));
    return std::chrono::duration_cast<Millis>(rig.time.mono() - begin);
}

Task<bool> stopped(LocalQueue& queue) {
    StopOptions options(drain, settle_window);
    auto stopping = queue.stop(options);
    co_await std::move(stopping);
    co_return true;
}

Job stored(QueueRig& rig, const Job& job) { return *rig.wait_for(rig.store.job(job.key)); }

}  // namespace

TEST_CASE("an idle queue stops at once, and a stop before the start or after a stop is harmless") {
    QueueRig rig;
    rig.define();
    rig.start();
    rig.finished(rig.enqueue("p1", {}));
    CHECK(stop(rig) == 0ms);
    CHECK(stop(rig) == 0ms);
    CHECK_FALSE(rig.queue->accepting());
    QueueRig never;
    CHECK(stop(never) == 0ms);
    never.start();
    CHECK_FALSE(never.queue->accepting());
    // Nothing keeps the loop alive any more.
    rig.context->restart();
    CHECK(rig.context->run() == 0);
    CHECK(rig.context->stopped());
}

TEST_CASE("a stop refuses new jobs at once, starts nothing and lets the running ones end in the drain") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto running = rig.enqueue("p1", {{"name", "running"}, {"ms", 3000}});
    auto queued = rig.enqueue("p1", {{"name", "queued"}});
    rig.settle();
    auto stopping = rig.later(stopped(*rig.queue));
    rig.settle();
    auto refused = rig.try_enqueue(rig.request("p2", {}));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == "shutting_down");
    rig.advance(3s);
    CHECK(stopping->has_value());
    CHECK(stored(rig, running).state == JobState::completed);
    CHECK(stored(rig, queued).state == JobState::queued);
    CHECK(rig.watch->starts == std::vector<std::string>{"p1/running"});
    CHECK(rig.queue->left_over().empty());
}

TEST_CASE("whoever waits for a job is answered as soon as a stop begins, with the job as it is") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto running = rig.enqueue("p1", {{"ms", 3000}});
    auto queued = rig.enqueue("p1", {});
    rig.settle();
    auto first = rig.later(rig.queue->wait_terminal(running.id(), 30s));
    auto second = rig.later(rig.queue->wait_terminal(queued.id(), 30s));
    rig.settle();
    CHECK_FALSE(first->has_value());
    auto stopping = rig.later(stopped(*rig.queue));
    rig.settle();
    REQUIRE(first->has_value());
    REQUIRE(second->has_value());
    CHECK((**first)->state == JobState::running);
    CHECK((**second)->state == JobState::queued);
    CHECK_FALSE(stopping->has_value());
    // Those who come later do not wait at all.
    CHECK(rig.wait_for(rig.queue->wait_terminal(running.id(), 30s))->state == JobState::running);
    rig.advance(3s);
    CHECK(stopping->has_value());
}

TEST_CASE("what does not end in the drain is cancelled with reason shutdown, and goes back with its attempt") {
    QueueRig rig;
    rig.define("work", [](Definition& d) { d.uses_turns = true; });
    rig.start();
    auto job = rig.enqueue("p1", {{"turn", "turn-1"}, {"ms", 30000}});
    rig.settle();
    CHECK(stop(rig) <= drain + 10ms);
    auto after = stored(rig, job);
    CHECK(after.state == JobState::queued);
    CHECK(after.attempts == 0);
    CHECK(after.run == 1);
    CHECK(after.error == "shutdown");
    CHECK_FALSE(rig.runtime.interrupts.empty());
    rig.restart();
    CHECK(rig.finished(job).state == JobState::completed);
}

TEST_CASE("a job that is started as a stop begins goes back with its attempt, wherever its start has got to") {
    std::set<std::pair<bool, bool>> seen;  // was it started, and did the stop wait for it
    for (int steps = 0; steps < 150; ++steps) {
        QueueRig rig;
        rig.define();
        rig.start();
        rig.store.slowness = 20;
        auto asked = rig.later(rig.queue->enqueue(rig.request("p1", {{"ms", 600'000}})));
        for (int i = 0; i < steps; ++i) rig.context->poll_one();
        auto took = stop(rig);
        if (!asked->has_value() || !(*asked)->has_value()) continue;  // it was too late
        CHECK(took <= drain);
        auto after = stored(rig, (*asked)->value().job);
        CHECK(after.state == JobState::queued);
        CHECK(after.attempts == 0);
        seen.emplace(after.run == 1, took == drain);
    }
    CHECK(seen == std::set<std::pair<bool, bool>>{{false, false}, {true, false}, {true, true}});
}

TEST_CASE("a job that nobody waits for any more is canceled by a shutdown, also when its payload says so") {
    QueueRig rig;
    rig.define("reply", [](Definition& d) { d.on_shutdown = OnShutdown::cancel; });
    rig.define("chooses", [](Definition& d) {
        d.on_shutdown_of = [](const json::object&) { return std::optional<OnShutdown>(OnShutdown::cancel); };
    });
    rig.define("fails to choose", [](Definition& d) {
        d.on_shutdown_of = [](const json::object&) -> std::optional<OnShutdown> { throw std::runtime_error("cannot say"); };
    });
    rig.settings.global_concurrency = 5;
    rig.restart();
    auto one = rig.enqueue("p1", {{"ms", 60000}}, "reply");
    auto two = rig.enqueue("p2", {{"ms", 60000}}, "chooses");
    auto three = rig.enqueue("p3", {{"ms", 60000}}, "fails to choose");
    rig.settle();
    stop(rig);
    CHECK(stored(rig, one).state == JobState::canceled);
    CHECK(stored(rig, one).error == "shutdown");
    CHECK(stored(rig, two).state == JobState::canceled);
    CHECK(stored(rig, three).state == JobState::queued);
}

TEST_CASE("runners that ignore everything do not hold up a stop: it forces them at the end of the settle window") {
    QueueRig rig;
    rig.settings.global_concurrency = 8;
    rig.define("again");
    rig.define("reply", [](Definition& d) { d.on_shutdown = OnShutdown::cancel; });
    rig.define("once", [](Definition& d) { d.retry.max_attempts = 1; });
    rig.restart();
    json::object deaf{{"ms", 3600000}, {"deaf", true}, {"row", "late"}};
    auto again = rig.enqueue("p1", deaf, "again");
    auto reply = rig.enqueue("p2", deaf, "reply");
    auto once = rig.enqueue("p3", deaf, "once");
    auto fine = rig.enqueue("p4", {{"ms", 60000}}, "again");
    rig.settle();
    auto took = stop(rig);
    CHECK(took >= drain + settle_window);
    CHECK(took <= drain + settle_window + 250ms);
    CHECK(stored(rig, again).state == JobState::queued);
    CHECK(stored(rig, again).error == "shutdown_timeout");
    CHECK(stored(rig, again).attempts == 1);
    CHECK(stored(rig, reply).state == JobState::canceled);
    CHECK(stored(rig, reply).error == "shutdown_timeout");
    CHECK(stored(rig, reply).cancel_reason == "shutdown");
    CHECK(stored(rig, once).state == JobState::failed);
    CHECK(stored(rig, fine).attempts == 0);
    // They are named, and what they say later changes nothing.
    CHECK(rig.queue->left_over().size() == 3);
    rig.advance(2h);
    CHECK(rig.watch->late_writes == 3);
    CHECK_FALSE(rig.wait_for(rig.store.record("row", "sink", "late")));
    CHECK(rig.queue->left_over().front().starts_with("run job_"));
}

TEST_CASE("runners that obey only the last word end with it, and nothing is left over") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 3600000}, {"deaf", "total"}});
    rig.settle();
    auto took = stop(rig);
    CHECK(took >= drain + settle_window);
    CHECK(took <= drain + settle_window + 10ms);
    CHECK(stored(rig, job).error == "shutdown_timeout");
    CHECK(rig.queue->left_over().empty());
    CHECK(rig.watch->running_now == 0);
}

TEST_CASE("a second stop skips to the forcing step, in the drain and in the settle window") {
    for (Millis second : {1000ms, 5500ms}) {
        INFO("the second stop came after " << second.count() << " ms");
        QueueRig rig;
        rig.define();
        rig.start();
        auto job = rig.enqueue("p1", {{"ms", 3600000}, {"deaf", true}});
        rig.settle();
        auto first = rig.later(stopped(*rig.queue));
        rig.advance(second);
        CHECK_FALSE(first->has_value());
        rig.wait_for(rig.queue->stop(StopOptions(drain, settle_window)));
        rig.advance(250ms);
        CHECK(first->has_value());
        CHECK(stored(rig, job).error == "shutdown_timeout");
    }
}

TEST_CASE("a stop in the middle of a cancel, a timeout's grace or a retry's wait keeps its bound") {
    for (int at : {100, 1050, 2100, 2700, 3600}) {
        INFO("stopped after " << at << " ms");
        QueueRig rig;
        rig.settings.global_concurrency = 4;
        rig.define("work", [](Definition& d) { d.timeout = 2000ms; });
        rig.restart();
        auto timing_out = rig.enqueue("p1", {{"ms", 600000}, {"deaf", "total"}});
        auto canceled = rig.enqueue("p2", {{"ms", 600000}, {"deaf", "total"}});
        auto flaky = rig.enqueue("p3", {{"ms", 50}, {"fail", "retryable"}});
        auto queued = rig.enqueue("p3", {{"ms", 10}});
        rig.advance(1s);
        rig.cancel(canceled).value();
        rig.advance(Millis{std::max(0, at - 1000)});
        CHECK(stop(rig) <= drain + settle_window + 250ms);
        for (const auto& job : {timing_out, canceled, flaky, queued}) CHECK(stored(rig, job).state != JobState::running);
        CHECK(stored(rig, canceled).state == JobState::canceled);
        CHECK(rig.queue->left_over().empty());
        // And the next start finishes what was left.
        rig.restart();
        for (const auto& job : {timing_out, flaky, queued}) CHECK(is_terminal(rig.finished(job).state));
    }
}

TEST_CASE("a stop with a broken disk still ends, and the next start recovers what it could not write") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 30000}});
    auto done = rig.enqueue("p1", {{"ms", 10}});
    rig.settle();
    rig.store.break_disk(true);
    CHECK(stop(rig) <= drain + 2 * settle_window + 250ms);
    CHECK(rig.queue->left_over().empty());
    CHECK(stored(rig, job).state == JobState::running);
    rig.store.break_disk(false);
    rig.restart();
    CHECK(rig.finished(job).state == JobState::completed);
    CHECK(rig.finished(done).state == JobState::completed);
}

TEST_CASE("a stop goes on at the moment in which the last runner has ended") {
    QueueRig rig;
    rig.define();
    rig.start();
    rig.enqueue("p1", {{"ms", 3600000}, {"deaf", "total"}});
    rig.settle();
    CHECK(stop(rig) == drain + settle_window);
}
