// What definitions bring to a transition, and what happens when they bring trouble.
#include "base/limits.hpp"
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

Hook row(std::string status) {
    return [status](const HookInput& input) {
        Effects effects;
        effects.puts.emplace_back("row", "hook", input.job.id(), json::object{{"status", status}});
        effects.events.emplace_back("transcript_updated", "chat", json::object{{"status", status}});
        return effects;
    };
}

Hook broken() {
    return [](const HookInput&) -> Effects { throw std::runtime_error("hook is broken"); };
}

// A row that the store must refuse.
Hook refused() {
    return [](const HookInput&) {
        Effects effects;
        effects.puts.emplace_back("row", "hook", "nowhere", json::object{}, RecordPut::Mode::replace);
        return effects;
    };
}

Hook too_many() {
    return [](const HookInput&) {
        Effects effects;
        for (std::size_t i = 0; i <= limits::effects_per_commit; ++i) effects.puts.emplace_back("row", "many", fmt::format("{}", i), json::object{});
        return effects;
    };
}

std::string status_of(QueueRig& rig, const Job& job) {
    auto record = rig.wait_for(rig.store.record("row", "hook", job.id()));
    return record ? members::text(record->body, "status") : "";
}

void all_rows(Definition& d) {
    d.on_queued = row("queued");
    d.on_started = row("streaming");
    d.on_completed = row("complete");
    d.on_failed = row("failed");
    d.on_canceled = row("canceled");
}

}  // namespace

TEST_CASE("each transition brings its definition's rows and events, in one commit with the job") {
    QueueRig rig;
    rig.define("work", all_rows);
    rig.start();
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::pause)).value();
    auto job = rig.enqueue("p1", {{"ms", 100}});
    CHECK(status_of(rig, job) == "queued");
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::resume)).value();
    rig.advance(1ms);
    CHECK(status_of(rig, job) == "streaming");
    rig.finished(job);
    CHECK(status_of(rig, job) == "complete");
    auto failed = rig.finished(rig.enqueue("p1", {{"fail", "retryable"}}));
    CHECK(status_of(rig, failed) == "failed");
    auto canceled = rig.enqueue("p1", {{"ms", 1000}});
    rig.settle();
    rig.cancel(canceled).value();
    rig.finished(canceled);
    CHECK(status_of(rig, canceled) == "canceled");
}

TEST_CASE("a hook that fails at the start or the end fails its job, and the lane goes on") {
    for (const auto& [name, hook] : {std::pair{"throws", broken()}, std::pair{"is refused", refused()}, std::pair{"brings too much", too_many()}}) {
        INFO("a hook that " << name);
        QueueRig rig;
        rig.define("at start", [&](Definition& d) {
            all_rows(d);
            d.on_started = hook;
        });
        rig.define("at end", [&](Definition& d) {
            all_rows(d);
            d.on_completed = hook;
        });
        rig.define("both", [&](Definition& d) {
            d.on_completed = hook;
            d.on_failed = hook;
        });
        rig.start();
        auto start = rig.enqueue("p1", {{"name", "start"}}, "at start");
        auto end = rig.enqueue("p1", {{"name", "end"}}, "at end");
        auto both = rig.enqueue("p1", {{"name", "both"}}, "both");
        for (const auto& job : {start, end, both}) {
            auto ended = rig.finished(job);
            CHECK(ended.state == JobState::failed);
            CHECK(ended.error->starts_with("hook_failed: "));
            CHECK_FALSE(ended.result);
        }
        CHECK(rig.job(start).attempts == 0);
        CHECK(rig.job(start).run == 0);
        CHECK(status_of(rig, start) == "failed");
        CHECK(status_of(rig, end) == "failed");
        CHECK(rig.watch->starts == std::vector<std::string>{"p1/end", "p1/both"});
        CHECK(rig.wait_for(rig.store.records("row", "many", 0, 100)).empty());
        rig.advance(1s);
        CHECK(rig.lanes().empty());
    }
}

TEST_CASE("a hook that fails at a cancel, a failure or a retry does not stop it") {
    QueueRig rig;
    rig.define("work", [](Definition& d) {
        d.on_failed = broken();
        d.on_canceled = refused();
    });
    rig.define("requeued", [](Definition& d) {
        d.on_queued = [first = std::make_shared<bool>(true)](const HookInput&) -> Effects {
            if (std::exchange(*first, false)) return Effects();
            throw std::runtime_error("only the first time");
        };
    });
    rig.start();
    auto failed = rig.finished(rig.enqueue("p1", {{"fail", "fatal"}}));
    CHECK(failed.error == "broken: on purpose");
    auto canceled = rig.enqueue("p1", {{"ms", 1000}});
    auto queued = rig.enqueue("p1", {});
    rig.settle();
    CHECK(rig.cancel(queued).value().state == JobState::canceled);
    rig.cancel(canceled).value();
    CHECK(rig.finished(canceled).error == "user");
    auto retried = rig.finished(rig.enqueue("p2", {{"fail", "retryable"}, {"failures", 1}}, "requeued"));
    CHECK(retried.state == JobState::completed);
    CHECK(retried.attempts == 2);
}

TEST_CASE("a hook that fails when a job is enqueued refuses that job to its caller") {
    QueueRig rig;
    rig.define("work", [](Definition& d) { d.on_queued = broken(); });
    rig.define("fine");
    rig.start();
    CHECK_THROWS_WITH(rig.enqueue("p1", {}), "hook is broken");
    CHECK(rig.finished(rig.enqueue("p1", {}, "fine")).state == JobState::completed);
}

TEST_CASE("a run that throws before it is a coroutine is a failed attempt like any other") {
    QueueRig rig;
    rig.define("work", [](Definition& d) {
        d.run = [](std::shared_ptr<RunContext>, json::object) -> Task<RunOutcome> { throw std::runtime_error("no coroutine"); };
    });
    rig.define("fine");
    rig.start();
    auto job = rig.enqueue("p1", {});
    auto next = rig.enqueue("p1", {}, "fine");
    CHECK(rig.finished(job).error == "no coroutine");
    CHECK(rig.finished(next).state == JobState::completed);
}

TEST_CASE("rows that a run brings and the store refuses fail the attempt, not as if the run were stale") {
    QueueRig rig;
    rig.define("work", [](Definition& d) {
        d.run = [](std::shared_ptr<RunContext> context, json::object) {
            auto insert_taken = [](std::shared_ptr<RunContext> ctx) -> Task<RunOutcome> {
                Effects effects;
                effects.puts.emplace_back("row", "s", "missing", json::object{}, RecordPut::Mode::replace);
                co_await ctx->commit(std::move(effects));
                RunOutcome outcome = CompletedRun();
                co_return outcome;
            };
            return insert_taken(std::move(context));
        };
    });
    rig.start();
    auto job = rig.finished(rig.enqueue("p1", {}));
    CHECK(job.state == JobState::failed);
    CHECK(job.error->starts_with("record_missing"));
}
