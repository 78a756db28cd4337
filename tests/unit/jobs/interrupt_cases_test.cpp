// The six races of an interrupt (queue.md 6), with a real job type on the scripted runtime. The same six against codex:
// tests/system/test_codex_interrupts.py.
#include "base/members.hpp"
#include "support/catch.hpp"
#include "support/spine.hpp"
#include "support/turn_scripts.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using lanekeeper::testing::hanging;
using namespace std::chrono_literals;

namespace {

struct InterruptRig {
    explicit InterruptRig(TurnScript first) : script(std::make_shared<TurnScript>(first)), spine(scripted_runtime(script)) {}
    std::shared_ptr<TurnScript> script;
    Spine spine;
    std::string chat = spine.chat();

    ScriptedRuntime& runtime() { return static_cast<ScriptedRuntime&>(*spine.runtime); }
    const PlayedTurn& first_turn() { return *runtime().world().turns.front(); }
    std::string click() {
        SuggestClick click;
        click.session_id = chat;
        return spine.stage.wait_for(spine.suggestions->click(click)).value().job.id();
    }
    /// A job that has run for so long.
    std::string running(Millis span) {
        auto job = click();
        spine.stage.advance(span);
        REQUIRE(spine.job(job).state == JobState::running);
        return job;
    }
    bool cancel(const std::string& job, std::string reason = "user") {
        return spine.stage.wait_for(spine.queue->cancel(job, std::move(reason))).has_value();
    }
    std::size_t canceled_events() { return spine.events("orchestrator_job_canceled").size(); }
    /// The lane goes on: the next job of the same owner does its work.
    void check_lane_is_free() {
        *script = TurnScript();
        auto next = spine.end_of(click());
        CHECK(next.state == JobState::completed);
        CHECK(members::text(*next.result, "source") == "scripted");
    }
};

}  // namespace

TEST_CASE("interrupt case 1, scripted: the turn has already finished, unheard") {
    TurnScript script;
    script.silent = true;
    InterruptRig rig(script);
    auto job = rig.running(1s);
    REQUIRE(rig.first_turn().view.status == TurnStatus::completed);
    CHECK(rig.cancel(job));
    CHECK(rig.spine.end_of(job).state == JobState::canceled);
    CHECK(rig.spine.end_of(job).cancel_reason == "user");
    CHECK(rig.first_turn().interrupts == 0);  // none was taken
    CHECK(rig.first_turn().view.status == TurnStatus::completed);
    CHECK(rig.canceled_events() == 1);
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 2, scripted: the interrupt is asked twice") {
    auto script = hanging();
    script.interrupt_takes = 700ms;
    InterruptRig rig(script);
    auto job = rig.running(1s);
    CHECK(rig.cancel(job, "first"));
    rig.spine.stage.advance(100ms);
    CHECK(rig.cancel(job, "second"));
    auto ended = rig.spine.end_of(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.error == "first");
    CHECK(ended.cancel_reason == "first");
    CHECK(rig.first_turn().interrupts >= 2);
    CHECK(rig.first_turn().view.status == TurnStatus::interrupted);
    CHECK(rig.canceled_events() == 1);
    CHECK_FALSE(rig.cancel(job, "third"));
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 3, scripted: the active turn is another one") {
    TurnScript script;
    script.silent = true;
    InterruptRig rig(script);
    auto job = rig.running(1s);
    *rig.script = hanging();
    TurnRequest other;
    other.thread_id = rig.first_turn().thread_id;
    rig.spine.stage.wait_for(rig.runtime().start_turn(other));
    rig.spine.stage.advance(100ms);
    CHECK(rig.cancel(job));
    CHECK(rig.spine.end_of(job).state == JobState::canceled);
    rig.spine.stage.advance(5s);
    const auto& another = *rig.runtime().world().turns.back();
    CHECK(another.interrupts == 0);
    CHECK(another.active());
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 4, scripted: turn/start is still in flight") {
    auto script = hanging();
    script.answer_after = 700ms;
    InterruptRig rig(script);
    auto job = rig.running(300ms);
    CHECK(rig.cancel(job));
    rig.spine.stage.advance(300ms);
    CHECK(rig.first_turn().interrupts == 0);  // nobody knows its id
    auto ended = rig.spine.end_of(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.error == "user");
    CHECK(rig.first_turn().view.status == TurnStatus::interrupted);
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 4, scripted: turn/start is answered when the grace is over, and its turn is interrupted then") {
    auto script = hanging();
    script.answer_after = 4s;
    InterruptRig rig(script);
    auto job = rig.running(300ms);
    CHECK(rig.cancel(job));
    CHECK(rig.spine.end_of(job).error == "interrupt_timeout");
    CHECK(rig.first_turn().active());
    rig.spine.stage.advance(5s);
    CHECK(rig.first_turn().view.status == TurnStatus::interrupted);
    CHECK(rig.spine.job(job).state == JobState::canceled);
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 5, scripted: the runtime restarts the turn by itself, and is asked again") {
    auto script = hanging();
    script.restarts = 2;
    InterruptRig rig(script);
    auto job = rig.running(1s);
    CHECK(rig.cancel(job));
    auto ended = rig.spine.end_of(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.error == "user");
    CHECK(rig.first_turn().interrupts >= 3);
    CHECK(rig.first_turn().view.status == TurnStatus::interrupted);
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 5, scripted: the runtime restarts the turn for ever, until the grace is spent") {
    auto script = hanging();
    script.restarts = 1'000'000;
    InterruptRig rig(script);
    auto job = rig.running(1s);
    auto asked = rig.spine.stage.time.mono();
    CHECK(rig.cancel(job));
    CHECK(rig.spine.end_of(job).error == "interrupt_timeout");
    CHECK(rig.spine.stage.time.mono() - asked == 1500ms);
    CHECK(rig.first_turn().interrupts > 3);
    rig.check_lane_is_free();
}

TEST_CASE("interrupt case 6, scripted: the runtime is dead") {
    InterruptRig rig(hanging());
    auto job = rig.running(1s);
    rig.runtime().die(10s);
    auto asked = rig.spine.stage.time.mono();
    CHECK(rig.cancel(job));
    auto ended = rig.spine.end_of(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.cancel_reason == "user");
    CHECK(rig.spine.stage.time.mono() - asked <= 1500ms);
    rig.spine.stage.advance(10s);
    rig.check_lane_is_free();
}
