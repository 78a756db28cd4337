// Cancelling queued and running jobs (queue.md 6).
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

void with_turns(Definition& definition) { definition.uses_turns = true; }

}  // namespace

TEST_CASE("matrix: cancellation — queued cancel") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto running = rig.enqueue("p1", {{"name", "running"}, {"ms", 1000}});
    auto queued = rig.enqueue("p1", {{"name", "queued"}});
    rig.settle();
    auto reply = rig.cancel(queued, "changed my mind").value();
    CHECK(reply.state == JobState::canceled);
    CHECK(reply.cancel_reason == "changed my mind");
    auto stored = rig.job(queued);
    CHECK(stored.state == JobState::canceled);
    CHECK(stored.error == "changed my mind");
    CHECK(stored.attempts == 0);
    CHECK(rig.heard->of(queued) == std::vector<std::string>{"queued", "canceled"});
    CHECK(rig.finished(running).state == JobState::completed);
    CHECK(rig.watch->starts == std::vector<std::string>{"p1/running"});
}

TEST_CASE("matrix: cancellation — running cancel with interrupt path") {
    QueueRig rig;
    rig.define("work", with_turns);
    rig.start();
    auto job = rig.enqueue("p1", {{"turn", "turn-1"}, {"ms", 60000}});
    auto next = rig.enqueue("p1", {{"name", "next"}});
    rig.advance(10ms);
    CHECK(rig.job(job).running == RunningContext{"thread", "turn-1"});
    auto reply = rig.cancel(job).value();
    CHECK(reply.state == JobState::running);
    CHECK(reply.cancel_requested_at.has_value());
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.error == "user");
    CHECK(ended.running == RunningContext{});
    rig.settle();
    CHECK(rig.runtime.interrupts == std::vector<FakeRuntime::Turn>{{"thread", "turn-1"}});
    CHECK(rig.finished(next).state == JobState::completed);
    CHECK(rig.heard->of(job) == std::vector<std::string>{"queued", "started", "canceled"});
}

TEST_CASE("matrix: cancellation — running cancel fallback on interrupt timeout") {
    QueueRig rig;
    rig.define("work", with_turns);
    rig.start();
    auto job = rig.enqueue("p1", {{"name", "deaf"}, {"turn", "turn-1"}, {"ms", 60000}, {"deaf", true}, {"row", "late"}});
    auto next = rig.enqueue("p1", {{"name", "next"}, {"row", "next"}});
    rig.advance(10ms);
    auto asked_at = rig.time.wall();
    rig.cancel(job).value();
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.error == "interrupt_timeout");
    CHECK(ended.cancel_reason == "user");
    CHECK(*ended.completed_at - asked_at == 1500ms);
    CHECK(rig.runtime.interrupts.size() > 3);
    // The lane goes on at once, and what the abandoned runner says in the end changes nothing.
    CHECK(rig.finished(next).state == JobState::completed);
    CHECK(rig.metrics->render().find("lanekeeper_abandoned_runners 1\n") != std::string::npos);
    rig.advance(120s);
    CHECK(rig.watch->late_writes == 1);
    CHECK(rig.job(job).state == JobState::canceled);
    CHECK_FALSE(rig.wait_for(rig.store.record("row", "sink", "late")));
    CHECK(rig.wait_for(rig.store.record("row", "sink", "next")).has_value());
    CHECK(rig.metrics->render().find("lanekeeper_abandoned_runners 0\n") != std::string::npos);
    CHECK(rig.heard->of(job).back() == "canceled");
    CHECK(rig.lanes().empty());
}

TEST_CASE("a runner that ignores the request but obeys the last word is abandoned after the grace and gone soon after") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 60000}, {"deaf", "total"}});
    rig.settle();
    rig.cancel(job).value();
    CHECK(rig.finished(job).error == "interrupt_timeout");
    rig.settle();
    CHECK(rig.watch->running_now == 0);
}

TEST_CASE("a job that is marked canceled is canceled in the reply, and its runner is fenced off") {
    QueueRig rig;
    rig.define("work", [](Definition& definition) { definition.cancel.strategy = CancelStrategy::mark_canceled; });
    rig.start();
    auto job = rig.enqueue("p1", {{"turn", "turn-1"}, {"ms", 5000}, {"deaf", true}, {"row", "late"}});
    auto next = rig.enqueue("p1", {{"name", "next"}});
    rig.advance(1s);
    auto reply = rig.cancel(job).value();
    CHECK(reply.state == JobState::canceled);
    CHECK(reply.completed_at == rig.time.wall());
    CHECK(reply.error == "user");
    CHECK(rig.finished(next).state == JobState::completed);
    CHECK(rig.runtime.interrupts.size() >= 1);
    rig.advance(60s);
    CHECK(rig.watch->late_writes == 1);
    CHECK(rig.job(job).error == "user");
    CHECK_FALSE(rig.wait_for(rig.store.record("row", "sink", "late")));
    CHECK(rig.heard->of(job) == std::vector<std::string>{"queued", "started", "canceled"});
}

TEST_CASE("cancelling twice keeps the first reason, and a terminal job is refused") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 60000}, {"deaf", "total"}});
    rig.settle();
    rig.cancel(job, "first").value();
    auto second = rig.cancel(job, "second").value();
    CHECK(second.cancel_reason == "first");
    CHECK(rig.finished(job).cancel_reason == "first");
    auto refused = rig.cancel(job, "third");
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == "already_terminal");
    auto unknown = rig.wait_for(rig.queue->cancel("job_0000000000000", "x"));
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().code == "not_found");
}

TEST_CASE("the interrupt follows as soon as a turn that was still starting is known") {
    QueueRig rig;
    rig.define("work", [watch = rig.watch](Definition& definition) {
        definition.uses_turns = true;
        definition.run = [watch](std::shared_ptr<RunContext> context, json::object payload) {
            // turn/start in flight for 700 ms, and deaf to cancellation meanwhile.
            auto late_turn = [](std::shared_ptr<RunContext> ctx, json::object) -> Task<RunOutcome> {
                co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
                co_await pause_for(ctx->time(), 700ms);
                RunningContext running{"thread", "late-turn"};
                co_await ctx->set_running_context(std::move(running));
                co_await pause_for(ctx->time(), 60s);
                RunOutcome outcome = CompletedRun();
                co_return outcome;
            };
            return late_turn(std::move(context), std::move(payload));
        };
    });
    rig.start();
    auto job = rig.enqueue("p1", {});
    rig.settle();
    rig.cancel(job).value();
    rig.advance(650ms);
    CHECK(rig.runtime.interrupts.empty());
    rig.advance(100ms);
    CHECK(rig.runtime.interrupts.size() == 1);
    CHECK(rig.finished(job).error == "interrupt_timeout");
    // With the attempt given up nobody interrupts any more.
    auto asked = rig.runtime.interrupts.size();
    rig.advance(10s);
    CHECK(rig.runtime.interrupts.size() <= asked + 1);
}

TEST_CASE("an interrupt that is refused, or meets a dead runtime, is asked again within the grace") {
    QueueRig rig;
    rig.define("work", with_turns);
    rig.start();
    int asked = 0;
    rig.runtime.on_interrupt = [&](const FakeRuntime::Turn&) {
        ++asked;
        if (asked == 1) throw RuntimeRefusal("invalid_state", "no active turn");
        if (asked == 2) throw RuntimeUnavailable("gone");
        if (asked == 3) throw std::runtime_error("odd");
    };
    auto job = rig.enqueue("p1", {{"turn", "t"}, {"ms", 60000}, {"deaf", true}});
    rig.advance(1ms);
    rig.cancel(job).value();
    CHECK(rig.finished(job).state == JobState::canceled);
    CHECK(asked >= 4);
}

TEST_CASE("a cancel that meets a job at its very end is answered, and the job ends once") {
    for (int at = 90; at <= 110; ++at) {
        INFO("canceled after " << at << " ms");
        QueueRig rig;
        rig.define("work", with_turns);
        rig.start();
        auto job = rig.enqueue("p1", {{"turn", "t"}, {"ms", 100}});
        rig.advance(Millis{at});
        auto reply = rig.cancel(job);
        auto ended = rig.finished(job);
        if (reply.has_error()) CHECK(reply.error().code == "already_terminal");
        CHECK(ended.state == (at < 100 ? JobState::canceled : JobState::completed));
        CHECK(rig.heard->of(job).size() == 3);
    }
}

TEST_CASE("a user's cancel during the grace of a timeout is not lost to the retry") {
    QueueRig rig;
    rig.define("work", [](Definition& definition) { definition.timeout = 1000ms; });
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 60000}, {"deaf", "total"}});
    rig.advance(1500ms);
    rig.cancel(job, "enough").value();
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.cancel_reason == "enough");
}

TEST_CASE("a cancel that waits behind a retry in the making ends the job") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 100}, {"fail", "retryable"}});
    rig.advance(99ms);
    // The commit of the failure is under way when the cancel arrives: the cancel stands behind it in the lane.
    std::shared_ptr<std::optional<Result<Job>>> reply;
    rig.store.before_commit = [&](const Mutation& mutation) {
        bool ends = !mutation.updates.empty() && mutation.updates[0].next.state == JobState::queued;
        if (ends && !reply) reply = rig.later(rig.queue->cancel(job.id(), "user"));
    };
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::canceled);
    REQUIRE(*reply);
    CHECK((*reply)->has_value());
    CHECK(rig.watch->starts.size() == 1);
}

TEST_CASE("the open jobs of a chat can be canceled together") {
    QueueRig rig;
    rig.define();
    rig.start();
    std::vector<Job> jobs;
    for (int i = 0; i < 3; ++i) {
        auto request = rig.request("p1", {{"ms", 60000}});
        request.source_session_id = "chat";
        jobs.push_back(rig.try_enqueue(std::move(request)).value().job);
    }
    auto other = rig.enqueue("p1", {});
    rig.settle();
    rig.wait_for(rig.queue->command_lane("session:chat", Queue::LaneCommand::pause)).value();
    rig.wait_for(rig.queue->cancel_jobs_of_session("chat", "session_deleted"));
    CHECK(rig.queue->paused_lanes(10).empty());
    CHECK_FALSE(rig.wait_for(rig.store.record("lane", "", "session:chat")));
    for (const auto& job : jobs) CHECK(rig.finished(job).cancel_reason == "session_deleted");
    CHECK(rig.finished(other).state == JobState::completed);
}
