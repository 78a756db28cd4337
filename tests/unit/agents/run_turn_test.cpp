#include "agents/run_turn.hpp"

#include "support/catch.hpp"
#include "support/fickle_runtime.hpp"
#include "turn_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

namespace {

using Rig = TurnRig;

}  // namespace

TEST_CASE("a job's turn is marked with job and run, recorded before the wait, and answered") {
    TurnScript script;
    script.text = "the answer";
    Rig rig(script);
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->end == TurnResult::End::completed);
    CHECK(rig.result->text == "the answer");
    CHECK(rig.result->source == "scripted");
    CHECK(rig.runtime.world().starts_of(rig.context->job_id() + ":3") == 1);
    REQUIRE(rig.context->contexts.size() == 1);
    CHECK(rig.context->contexts[0] == RunningContext{"t", "turn_1"});
}

TEST_CASE("notices that overtake the answer to the start, come twice or in a bad order change nothing") {
    TurnScript script;
    script.duplicate = true;
    script.reorder = true;
    script.ends_after = 0ms;
    script.text = "all the same";
    Rig rig(script);
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->text == "all the same");
    CHECK(rig.runtime.world().turns.size() == 1);
}

TEST_CASE("a runtime that tells nothing is read instead") {
    TurnScript script;
    script.silent = true;
    script.ends_after = 1s;
    script.text = "quietly";
    Rig rig(script);
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->text == "quietly");
}

TEST_CASE("a failed turn and one that somebody interrupted fail the attempt, retryable") {
    TurnScript script;
    script.end = TurnScript::End::fail;
    Rig failing(script);
    failing.finish();
    CHECK(failing.why().find("turn_failed: scripted failure") == 0);
    CHECK_FALSE(failing.fatal());

    script.end = TurnScript::End::hang;
    Rig hanging(script);
    hanging.begin();
    hanging.stage.advance(100ms);
    hanging.stage.wait_for(hanging.runtime.interrupt_turn("t", "turn_1"));
    hanging.stage.advance(100ms);
    CHECK(hanging.ended);
    CHECK(hanging.why() == "turn_interrupted");
}

TEST_CASE("a turn that makes no progress is given up and interrupted") {
    TurnScript script;
    script.end = TurnScript::End::hang;
    Rig rig(script);
    rig.begin();
    rig.stage.advance(7900ms);
    CHECK_FALSE(rig.ended);
    rig.stage.advance(500ms);
    CHECK(rig.ended);
    CHECK(rig.why().find("turn_stalled") == 0);
    CHECK(rig.turn().interrupts == 1);
    CHECK(rig.turn().view.status == TurnStatus::interrupted);
}

TEST_CASE("when the time for an answer has passed the turn is interrupted and the caller goes on") {
    TurnScript script;
    script.end = TurnScript::End::hang;
    Rig rig(script);
    rig.rules.answer_within = 2s;
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->end == TurnResult::End::out_of_time);
    CHECK(rig.result->text.empty());
    CHECK(rig.turn().interrupts == 1);
}

TEST_CASE("a runtime that is not there is a reason to come back, not to fail") {
    TurnScript script;
    script.start = TurnScript::Start::unavailable;
    Rig rig(script);
    auto now = rig.stage.time.wall();
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->end == TurnResult::End::not_now);
    CHECK(rig.result->snooze.until == now + 200ms);
    CHECK(rig.context->contexts.empty());
}

TEST_CASE("a runtime that does not answer the start in time is as good as none: the job comes back") {
    Rig rig(TurnScript{});
    testing::FickleRuntime hanging(rig.runtime, rig.stage.time);
    hanging.refuse_next("runtime_timeout");
    Job job;
    job.key = 1;
    rig.context = std::make_shared<FakeRunContext>(job, rig.stage.time, hanging, rig.stage.executor());
    auto now = rig.stage.time.wall();
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->end == TurnResult::End::not_now);
    CHECK(rig.result->snooze.until == now + 1s);
    CHECK(rig.result->snooze.reason == "runtime_timeout");
}

TEST_CASE("a runtime that never answers puts a job off so often, and then costs attempts") {
    for (int put_offs : {put_offs_max - 1, put_offs_max}) {
        Rig rig(TurnScript{});
        testing::FickleRuntime hanging(rig.runtime, rig.stage.time);
        hanging.refuse_next("runtime_timeout");
        Job job;
        job.key = 1;
        job.attempts = 1;
        job.run = 1 + put_offs;
        rig.context = std::make_shared<FakeRunContext>(job, rig.stage.time, hanging, rig.stage.executor());
        rig.finish();
        CHECK(rig.result.has_value() == (put_offs < put_offs_max));
        if (put_offs == put_offs_max) CHECK(rig.why() == "runtime_timeout: put off 100 times");
        CHECK_FALSE(rig.fatal());
    }
}

TEST_CASE("what was let go of a feed does not stay behind, also of threads that nobody speaks of any more") {
    Rig rig(TurnScript{});
    std::vector<std::shared_ptr<TurnInbox>> kept;
    for (int i = 0; i < 1000; ++i) {
        auto inbox = rig.feed.listen("thread-" + std::to_string(i), rig.stage.executor());
        if (i % 10 == 0) kept.push_back(std::move(inbox));
    }
    CHECK(rig.feed.listeners() >= kept.size());
    CHECK(rig.feed.listeners() <= 2 * kept.size() + 64);
}

TEST_CASE("a request that the runtime refuses as it is fails for good; a busy thread is unusable") {
    TurnScript script;
    script.start = TurnScript::Start::refuse;
    Rig rig(script);
    rig.finish();
    CHECK(rig.fatal());
    CHECK(rig.why().find("invalid_params") == 0);

    script.start = TurnScript::Start::answer;
    script.end = TurnScript::End::hang;
    Rig busy(script);
    TurnRequest other;
    other.thread_id = "t";
    busy.stage.wait_for(busy.runtime.start_turn(other));
    busy.finish();
    CHECK_THROWS_AS(std::rethrow_exception(busy.failure), ThreadUnusable);
}

TEST_CASE("a runtime that dies under a turn is asked when it is back") {
    TurnScript script;
    script.end = TurnScript::End::die;
    script.down_for = 5s;
    script.after_death = TurnScript::AfterDeath::completed;
    script.text = "it was done";
    Rig done(script);
    done.finish();
    REQUIRE(done.result);
    CHECK(done.result->text == "it was done");

    script.after_death = TurnScript::AfterDeath::absent;
    Rig lost(script);
    lost.finish();
    CHECK(lost.why().find("runtime_died") == 0);
    script.after_death = TurnScript::AfterDeath::interrupted;
    Rig cut(script);
    cut.finish();
    CHECK(cut.why() == "turn_interrupted");
}

TEST_CASE("a polite cancellation does not end the wait for a turn; being abandoned does") {
    TurnScript script;
    script.ends_after = 1s;
    script.text = "in the end";
    Rig polite(script);
    polite.begin();
    polite.child->cancel(asio::cancellation_type::total);
    polite.stage.advance(2s);
    REQUIRE(polite.result);
    CHECK(polite.result->text == "in the end");

    Rig abandoned(script);
    abandoned.begin();
    abandoned.child->cancel(asio::cancellation_type::terminal);
    abandoned.stage.settle();
    CHECK(abandoned.ended);
    CHECK_FALSE(abandoned.result);
}

TEST_CASE("an attempt that was given up while its turn started interrupts that turn") {
    TurnScript script;
    script.end = TurnScript::End::hang;
    script.answer_after = 100ms;
    Rig rig(script);
    rig.begin();
    rig.context->stale = true;
    rig.stage.advance(1s);
    CHECK(rig.ended);
    CHECK(rig.turn().interrupts == 1);
    CHECK_THROWS_AS(std::rethrow_exception(rig.failure), StaleRun);
}
