// What becomes of open jobs when the daemon died (queue.md 8).
#include "queue/recovery.hpp"
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

#include <fmt/format.h>

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

const WallTime restarted = from_ms(1'800'000'000'000);

Job running_job() {
    Job job;
    job.key = 5;
    job.type = "work";
    job.owner = "p1";
    job.state = JobState::running;
    job.run = 1;
    job.attempts = 1;
    job.max_attempts = 2;
    return job;
}

}  // namespace

TEST_CASE("recovery puts a running job back with its attempt counted, or ends it when none is left") {
    Definition definition;
    auto back = decide_recovery(running_job(), &definition, restarted).next;
    CHECK(back.state == JobState::queued);
    CHECK(back.attempts == 1);
    CHECK(back.error == "recovered_from_running_state");
    auto spent = running_job();
    spent.attempts = 2;
    auto ended = decide_recovery(spent, &definition, restarted).next;
    CHECK(ended.state == JobState::failed);
    CHECK(ended.error == "recovery_max_attempts_exceeded");
}

TEST_CASE("recovery gives an attempt back whose turn never began, once") {
    Definition definition;
    definition.uses_turns = true;
    auto job = running_job();
    job.attempts = 2;
    auto back = decide_recovery(job, &definition, restarted).next;
    CHECK(back.state == JobState::queued);
    CHECK(back.attempts == 1);
    CHECK(back.attempt_returned);
    job.attempt_returned = true;
    CHECK(decide_recovery(job, &definition, restarted).next.error == "recovery_max_attempts_exceeded");
    job.attempt_returned = false;
    job.running = RunningContext{"thread", "turn"};
    CHECK(decide_recovery(job, &definition, restarted).next.error == "recovery_max_attempts_exceeded");
}

namespace {

Task<std::optional<CompletedRun>> tell_nothing(Job) { co_return std::nullopt; }

Task<bool> go_on_twice(std::shared_ptr<int> asked) { co_return ++*asked <= 2; }

}  // namespace

TEST_CASE("a job that was cut off in its last attempt goes on where its definition says so, without another one") {
    QueueRig rig;
    auto asked = std::make_shared<int>(0);
    rig.define("work", [&](Definition& definition) {
        definition.retry.max_attempts = 2;
        definition.settle = tell_nothing;
        definition.goes_on = [asked](Job) { return go_on_twice(asked); };
    });
    rig.start();
    auto job = rig.enqueue("p1", {{"turn", "turn_1"}, {"ms", 1000}});
    for (int crashes = 1; crashes <= 4; ++crashes) {
        rig.advance(500ms);
        rig.restart();
        CHECK(*asked == std::max(0, crashes - 1));
    }
    rig.advance(10s);
    auto ended = rig.job(job);
    CHECK(ended.error == "recovery_max_attempts_exceeded");
    CHECK((ended.run == 4 && ended.attempts == 2));
}

TEST_CASE("recovery fails what it does not know, does not understand, or must not run twice") {
    Definition definition;
    definition.payload_schema = Schema::object({required("n", Schema::integer(0, 9))});
    auto job = running_job();
    CHECK(decide_recovery(job, nullptr, restarted).next.error == "recovery_unknown_job_type:work");
    CHECK(decide_recovery(job, &definition, restarted).next.error->starts_with("recovery_invalid_payload:"));
    job.payload = {{"n", 1}};
    definition.recover = OnRecovery::park;
    auto parked = decide_recovery(job, &definition, restarted).next;
    CHECK(parked.state == JobState::failed);
    CHECK(parked.error == "outcome_unknown");
}

TEST_CASE("recovery honours a cancel that was asked before the end") {
    Definition definition;
    auto job = running_job();
    job.cancel_requested_at = restarted;
    job.cancel_reason = "user";
    auto ended = decide_recovery(job, &definition, restarted).next;
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.cancel_reason == "user");
}

TEST_CASE("matrix: recovery — restart requeues previous running jobs") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto running = rig.enqueue("p1", {{"name", "a"}, {"ms", 1000}});
    auto queued = rig.enqueue("p1", {{"name", "b"}});
    rig.advance(500ms);
    rig.restart();
    CHECK(rig.heard->of(running) == std::vector<std::string>{"queued", "started", "queued", "started"});
    auto done = rig.finished(running);
    CHECK(done.state == JobState::completed);
    CHECK(done.run == 2);
    CHECK(done.attempts == 2);
    CHECK(rig.finished(queued).state == JobState::completed);
    CHECK(rig.watch->starts == std::vector<std::string>{"p1/a", "p1/a", "p1/b"});
}

TEST_CASE("matrix: recovery — sink idempotency after recovery replay") {
    QueueRig rig;
    rig.define("work", [](Definition& d) {
        d.retry.max_attempts = 5;
        auto row = [](const char* status) {
            return [status](const HookInput& input) {
                Effects effects;
                effects.puts.emplace_back("row", "hooks", input.job.id(), json::object{{"status", status}, {"run", input.job.run}});
                return effects;
            };
        };
        d.on_queued = row("queued");
        d.on_started = row("streaming");
        d.on_completed = row("complete");
    });
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 100}, {"row", "sink-key"}});
    for (int i = 0; i < 3; ++i) {
        rig.advance(50ms);
        rig.restart();
    }
    CHECK(rig.finished(job).state == JobState::completed);
    auto rows = rig.wait_for(rig.store.records("row", "sink", 0, 100));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].body.at("run") == 4);
    auto hooks = rig.wait_for(rig.store.records("row", "hooks", 0, 100));
    REQUIRE(hooks.size() == 1);
    CHECK(hooks[0].body.at("status") == "complete");
}

TEST_CASE("a job that kills the daemon runs out of attempts instead of crash-looping") {
    QueueRig rig;
    rig.define("plain");
    rig.define("turns", [](Definition& d) { d.uses_turns = true; });
    rig.start();
    for (auto [type, starts] : {std::pair{"plain", 2}, std::pair{"turns", 3}}) {
        INFO(type);
        auto job = rig.enqueue("p1", {{"name", type}, {"ms", 1000}}, type);
        for (int i = 0; i < 6; ++i) {
            rig.advance(10ms);
            rig.restart();
        }
        CHECK(rig.job(job).state == JobState::failed);
        CHECK(rig.job(job).error == "recovery_max_attempts_exceeded");
        CHECK(rig.watch->starts_of(std::string("p1/") + type) == starts);
    }
}

TEST_CASE("unknown types end at the start, broken payloads when their turn comes; history stays as it was") {
    QueueRig rig;
    rig.define("gone");
    rig.define("changed");
    rig.start();
    auto old = rig.finished(rig.enqueue("p0", {}, "gone"));
    auto blocker = rig.enqueue("p1", {{"ms", 1000}}, "changed");
    auto unknown = rig.enqueue("p1", {}, "gone");
    auto broken = rig.enqueue("p1", {{"n", "not a number"}}, "changed");
    auto fine = rig.enqueue("p1", {{"n", 1}}, "changed");
    rig.advance(10ms);
    rig.crash();
    rig.registry = Registry();
    rig.define("changed", [](Definition& d) { d.payload_schema = Schema::open_object({optional_field("n", Schema::integer(0, 9))}); });
    rig.restart();
    CHECK(rig.job(unknown).state == JobState::failed);
    CHECK(rig.job(unknown).error == "recovery_unknown_job_type:gone");
    CHECK(rig.heard->of(unknown).back() == "failed");
    CHECK(rig.finished(blocker).state == JobState::completed);
    CHECK(rig.finished(fine).state == JobState::completed);
    CHECK(rig.job(broken).state == JobState::failed);
    CHECK(rig.job(broken).error->starts_with("recovery_invalid_payload:"));
    CHECK(rig.job(broken).run == 0);
    CHECK(rig.job(old).state == JobState::completed);
}

TEST_CASE("retries, snoozes and pauses survive a restart") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto begin = rig.time.wall();
    auto flaky = rig.enqueue("p1", {{"fail", "retryable"}, {"failures", 1}});
    auto snoozed = rig.enqueue("p2", {{"snoozeMs", 60000}});
    rig.settle();
    rig.wait_for(rig.queue->command_lane("p3", Queue::LaneCommand::pause)).value();
    auto paused = rig.enqueue("p3", {});
    rig.restart();
    CHECK(*rig.finished(flaky).completed_at - begin == 1s);
    CHECK(*rig.finished(snoozed).completed_at - begin == 60s);
    CHECK(rig.job(paused).state == JobState::queued);
    CHECK(rig.queue->paused_lanes(10) == std::vector<std::string>{"p3"});
    rig.wait_for(rig.queue->command_lane("p3", Queue::LaneCommand::resume)).value();
    CHECK(rig.finished(paused).state == JobState::completed);
}

TEST_CASE("two thousand queued jobs are taken up again in their order") {
    QueueRig rig;
    rig.settings.max_per_project = 0;
    rig.settings.max_global = 0;
    rig.define();
    rig.restart();
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::pause)).value();
    for (int i = 0; i < 2'000; ++i) rig.enqueue("p1", {{"name", fmt::format("{}", i)}});
    rig.restart();
    CHECK(rig.lanes().at(0).queued == 2'000);
    rig.wait_for(rig.queue->command_lane("p1", Queue::LaneCommand::resume)).value();
    rig.advance(1s);
    REQUIRE(rig.watch->starts.size() == 2'000);
    CHECK(rig.watch->starts[0] == "p1/0");
    CHECK(rig.watch->starts[1'999] == "p1/1999");
}

TEST_CASE("a start that meets a broken disk fails, and succeeds when the disk is back") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 100}});
    rig.settle();
    rig.store.break_disk(true);
    CHECK_THROWS_AS(rig.restart(), StorageUnavailable);
    CHECK_FALSE(rig.queue->accepting());
    rig.store.break_disk(false);
    rig.restart();
    CHECK(rig.finished(job).state == JobState::completed);
}
