// Failures, retries, timeouts and snoozes (queue.md 5).
#include "queue/attempt_end.hpp"
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("a failed attempt is retried exactly when its persisted time has come") {
    QueueRig rig;
    rig.define("work", [](Definition& definition) {
        definition.retry.max_attempts = 3;
        definition.retry.backoff = Backoff::fixed(7s);
    });
    rig.start();
    auto begin = rig.time.wall();
    auto job = rig.enqueue("p1", {{"ms", 100}, {"fail", "retryable"}, {"failures", 2}});
    rig.advance(101ms);
    auto waiting = rig.job(job);
    CHECK(waiting.state == JobState::queued);
    CHECK(waiting.next_attempt_at == begin + 7100ms);
    CHECK(waiting.error == "flaky: on purpose");
    CHECK(waiting.attempts == 1);
    auto done = rig.finished(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.attempts == 3);
    CHECK(done.run == 3);
    CHECK(*done.completed_at - begin == 14300ms);
    CHECK(rig.heard->of(job) == std::vector<std::string>{"queued", "started", "queued", "started", "queued", "started", "completed"});
    for (const auto& event : rig.heard->events) {
        if (event.type != "orchestrator_job_queued" || event.seq == 1) continue;
        CHECK(event.payload.contains("nextAttemptAt"));
        CHECK(event.payload.at("error") == "flaky: on purpose");
        CHECK(event.payload.contains("attempt"));
    }
}

TEST_CASE("the last attempt's failure is final") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.finished(rig.enqueue("p1", {{"fail", "exception"}}));
    CHECK(job.state == JobState::failed);
    CHECK(job.attempts == 2);
    CHECK(job.error == "unexpected");
}

TEST_CASE("a fatal failure is not retried, an exception of no known kind is") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto fatal = rig.finished(rig.enqueue("p1", {{"fail", "fatal"}}));
    CHECK(fatal.state == JobState::failed);
    CHECK(fatal.attempts == 1);
    CHECK(fatal.error == "broken: on purpose");
    auto odd = rig.finished(rig.enqueue("p1", {{"fail", "odd"}, {"failures", 1}}));
    CHECK(odd.state == JobState::completed);
    CHECK(odd.attempts == 2);
}

TEST_CASE("a definition may call an exception fatal, and one that throws while judging is not asked") {
    QueueRig rig;
    rig.define("strict", [](Definition& d) { d.retry.classify = [](const std::exception&) { return ErrorClass::fatal; }; });
    rig.define("confused", [](Definition& d) {
        d.retry.classify = [](const std::exception&) -> ErrorClass { throw std::runtime_error("me too"); };
    });
    rig.start();
    CHECK(rig.finished(rig.enqueue("p1", {{"fail", "exception"}}, "strict")).attempts == 1);
    CHECK(rig.finished(rig.enqueue("p1", {{"fail", "exception"}}, "confused")).attempts == 2);
}

TEST_CASE("the earliest due retry is served first, also when a later one was armed after it") {
    QueueRig rig;
    rig.define("soon", [](Definition& d) { d.retry.backoff = Backoff::fixed(2s); });
    rig.define("late", [](Definition& d) { d.retry.backoff = Backoff::fixed(50s); });
    rig.start();
    auto begin = rig.time.wall();
    auto soon = rig.enqueue("p1", {{"name", "soon"}, {"fail", "retryable"}, {"failures", 1}}, "soon");
    auto late = rig.enqueue("p1", {{"name", "late"}, {"fail", "retryable"}, {"failures", 1}}, "late");
    auto other = rig.enqueue("p2", {{"name", "late"}, {"fail", "retryable"}, {"failures", 1}}, "late");
    CHECK(*rig.finished(soon).completed_at - begin == 2s);
    CHECK(*rig.finished(late).completed_at - begin == 50s);
    CHECK(*rig.finished(other).completed_at - begin == 50s);
}

TEST_CASE("a retry keeps its place in the line, and counts its wait from when it was due") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto flaky = rig.enqueue("p1", {{"name", "flaky"}, {"ms", 20000}, {"fail", "retryable"}, {"failures", 1}});
    auto second = rig.enqueue("p1", {{"name", "second"}, {"ms", 5000}});
    auto third = rig.enqueue("p1", {{"name", "third"}});
    rig.finished(third);
    CHECK(rig.watch->starts == std::vector<std::string>{"p1/flaky", "p1/second", "p1/flaky", "p1/third"});
    auto done = rig.finished(flaky);
    CHECK(done.dispatch.at("waitMs").to_number<int>() == 4000);
    CHECK(rig.job(second).state == JobState::completed);
}

TEST_CASE("a timeout bounds an attempt, and its retry follows") {
    QueueRig rig;
    rig.define("work", [](Definition& d) { d.timeout = 3000ms; });
    rig.start();
    auto begin = rig.time.wall();
    auto job = rig.enqueue("p1", {{"ms", 60000}});
    rig.advance(2999ms);
    CHECK(rig.job(job).state == JobState::running);
    rig.advance(1ms);
    auto again = rig.job(job);
    CHECK(again.state == JobState::queued);
    CHECK(again.error == "timeout");
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::failed);
    CHECK(ended.error == "timeout");
    CHECK(*ended.completed_at - begin == 3s + 1s + 3s);
}

TEST_CASE("a timeout does not need the runner: after the grace the lane goes on without it") {
    QueueRig rig;
    rig.define("work", [](Definition& d) {
        d.timeout = 3000ms;
        d.retry.max_attempts = 1;
    });
    rig.start();
    auto begin = rig.time.wall();
    auto job = rig.enqueue("p1", {{"ms", 600000}, {"deaf", true}, {"row", "late"}});
    auto next = rig.enqueue("p1", {{"name", "next"}});
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::failed);
    CHECK(ended.error == "timeout");
    CHECK(*ended.completed_at - begin == 4500ms);
    CHECK(rig.finished(next).state == JobState::completed);
    rig.advance(700s);
    CHECK(rig.watch->late_writes == 1);
    CHECK(rig.job(job).state == JobState::failed);
}

TEST_CASE("an abandoned runner cannot write into the next run of its own job") {
    QueueRig rig;
    rig.define("work", [](Definition& d) {
        d.timeout = 3000ms;
        d.retry.backoff = Backoff::fixed(Millis{0});
    });
    rig.start();
    // The first run is given up at 4.5 s and writes at 5 s, while the second runs.
    auto job = rig.enqueue("p1", {{"ms", 5000}, {"deaf", true}, {"row", "key"}});
    rig.advance(5500ms);
    CHECK(rig.watch->late_writes == 1);
    CHECK_FALSE(rig.wait_for(rig.store.record("row", "sink", "key")));
    CHECK(rig.job(job).run == 2);
}

TEST_CASE("a timed out attempt is retried only if its type says so, and zero means no timeout") {
    QueueRig rig;
    rig.define("strict", [](Definition& d) {
        d.timeout = 1000ms;
        d.retry.classify = [](const std::exception& e) {
            return dynamic_cast<const JobTimeout*>(&e) ? ErrorClass::fatal : ErrorClass::retryable;
        };
    });
    rig.define("patient", [](Definition& d) { d.timeout = 0ms; });
    rig.define("plain");
    rig.start();
    CHECK(rig.finished(rig.enqueue("p1", {{"ms", 60000}}, "strict")).attempts == 1);
    CHECK(rig.finished(rig.enqueue("p1", {{"ms", 600000}}, "patient")).state == JobState::completed);
    CHECK(rig.finished(rig.enqueue("p1", {{"ms", 600000}}, "plain")).error == "timeout");
}

TEST_CASE("a snooze puts a job off and costs no attempt") {
    QueueRig rig;
    rig.define("work", [](Definition& d) { d.retry.max_attempts = 1; });
    rig.start();
    auto begin = rig.time.wall();
    auto job = rig.enqueue("p1", {{"snoozeMs", 90000}});
    rig.settle();
    auto snoozed = rig.job(job);
    CHECK(snoozed.state == JobState::queued);
    CHECK(snoozed.attempts == 0);
    CHECK(snoozed.run == 1);
    CHECK(snoozed.error == "snoozed: rate_limit");
    CHECK(snoozed.next_attempt_at == begin + 90s);
    auto done = rig.finished(job);
    CHECK(done.state == JobState::completed);
    CHECK(done.attempts == 1);
    CHECK(done.run == 2);
}

TEST_CASE("a result that breaks its schema fails the job for good") {
    QueueRig rig;
    rig.define("work", [](Definition& d) { d.result_schema = Schema::object({required("text", Schema::string(1, 10))}); });
    rig.start();
    auto job = rig.finished(rig.enqueue("p1", {}));
    CHECK(job.state == JobState::failed);
    CHECK(job.attempts == 1);
    CHECK(job.error->starts_with("invalid_result: "));
    CHECK_FALSE(job.result);
}

TEST_CASE("progress is kept with the job, told, and forgotten by the next attempt; too much of it is dropped") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.enqueue("p1", {{"progress", {{"percent", 40}}}, {"ms", 100}, {"fail", "retryable"}});
    rig.advance(50ms);
    CHECK(rig.job(job).progress.at("percent") == 40);
    CHECK(rig.heard->of(job).back() == "progress");
    CHECK(rig.heard->events.back().payload.at("progress").at("percent") == 40);
    auto big = rig.enqueue("p2", {{"progress", std::string(20'000, 'x')}, {"ms", 100}});
    rig.finished(big);
    CHECK(rig.job(big).progress.is_null());
}

TEST_CASE("a person may retry what failed, with a new budget, and nothing else") {
    QueueRig rig;
    rig.define();
    rig.start();
    auto job = rig.finished(rig.enqueue("p1", {{"fail", "retryable"}}));
    REQUIRE(job.state == JobState::failed);
    auto again = rig.wait_for(rig.queue->retry(job.id())).value();
    CHECK(again.state == JobState::queued);
    CHECK(again.attempts == 0);
    auto ended = rig.finished(job);
    CHECK(ended.run == 4);
    CHECK(ended.attempts == 2);
    auto fine = rig.finished(rig.enqueue("p1", {}));
    auto refused = rig.wait_for(rig.queue->retry(fine.id()));
    REQUIRE(refused.has_error());
    CHECK(refused.error().code == "job_conflict");
}

TEST_CASE("a retry by hand needs room in its lane and in the queue, and leaves no trace where there is none") {
    QueueRig rig;
    rig.settings.max_per_project = 2;
    rig.settings.max_global = 3;
    rig.define();
    rig.restart();
    auto failed = rig.finished(rig.enqueue("p1", {{"ms", 3000}, {"fail", "fatal"}}));
    auto other = rig.finished(rig.enqueue("p3", {{"fail", "fatal"}}));
    auto first = rig.enqueue("p1", {{"ms", 60000}});
    rig.enqueue("p1", {});
    auto full = rig.wait_for(rig.queue->retry(failed.id()));
    REQUIRE(full.has_error());
    CHECK(full.error().code == "queue_full");
    CHECK(full.error().details.at("scope") == "project");
    CHECK(full.error().details.at("limit") == 2);
    CHECK(full.error().details.at("depth") == 2);
    CHECK(full.error().details.contains("retryAfterMs"));
    rig.enqueue("p2", {{"ms", 60000}});
    auto global = rig.wait_for(rig.queue->retry(other.id()));
    REQUIRE(global.has_error());
    CHECK(global.error().details.at("scope") == "global");
    CHECK(rig.job(failed).state == JobState::failed);
    CHECK(rig.job(other).state == JobState::failed);
    rig.cancel(first).value();
    rig.finished(first);
    CHECK(rig.wait_for(rig.queue->retry(failed.id())).value().state == JobState::queued);
}
