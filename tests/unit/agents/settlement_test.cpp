// The table of runtime.md 4, row by row: what is seen of a job's turn, and what follows.
#include "support/catch.hpp"
#include "support/turn_scripts.hpp"
#include "turn_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using lanekeeper::testing::hanging;
using namespace std::chrono_literals;

namespace {

TurnSignal delta(const std::string& turn_id) {
    TurnSignal signal;
    signal.kind = TurnSignal::Kind::delta;
    signal.thread_id = "t";
    signal.turn_id = turn_id;
    return signal;
}

/// How often a turn is read in a time in which it is heard of every so often.
int reads_in(Millis span, std::optional<Millis> heard_every) {
    const MonoTime start = MonoTime{} + 1h;
    SettleRules rules;
    rules.empty_turn_grace = 1h;
    TurnWatch watch("turn", rules, start);
    int reads = 0;
    for (Millis at = 0ms; at < span; at += 10ms) {
        if (heard_every && at % *heard_every == 0ms) watch.heard(delta("turn"), start + at);
        if (watch.verdict(start + at).what != TurnVerdict::What::read) continue;
        TurnView running;
        running.items = 2;
        watch.read(running, start + at);
        ++reads;
    }
    return reads;
}

}  // namespace

TEST_CASE("settlement: turn/completed completed settles at once, with the text of its items") {
    TurnScript script;
    script.text = "said";
    TurnRig rig(script);
    auto began = rig.stage.time.mono();
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->text == "said");
    CHECK(rig.stage.time.mono() - began == 50ms);
}

TEST_CASE("settlement: turn/completed without items in it is read once for the text") {
    TurnWatch watch("turn", SettleRules(), MonoTime{} + 1h);
    TurnSignal end;
    end.kind = TurnSignal::Kind::ended;
    end.turn_id = "turn";
    end.status = TurnStatus::completed;
    watch.heard(end, MonoTime{} + 1h);
    CHECK(watch.verdict(MonoTime{} + 1h).what == TurnVerdict::What::read);
    watch.read({}, MonoTime{} + 1h);
    CHECK(watch.verdict(MonoTime{} + 1h).what == TurnVerdict::What::settled);
}

TEST_CASE("settlement: turn/completed failed and interrupted end the attempt at once, retryable") {
    TurnScript script;
    script.end = TurnScript::End::fail;
    TurnRig failed(script);
    failed.finish();
    CHECK(failed.why() == "turn_failed: scripted failure");
    CHECK_FALSE(failed.fatal());

    TurnRig interrupted(hanging());
    interrupted.begin();
    interrupted.stage.advance(10ms);
    interrupted.stage.wait_for(interrupted.runtime.interrupt_turn("t", "turn_1"));
    interrupted.stage.advance(10ms);
    CHECK(interrupted.why() == "turn_interrupted");
    CHECK_FALSE(interrupted.fatal());
}

TEST_CASE("settlement: no signal for the poll interval, and the turn is read; while signals flow it is not") {
    CHECK(reads_in(7s, std::nullopt) >= 7000 / 360);
    CHECK(reads_in(7s, 100ms) == 0);
    CHECK(reads_in(7s, 340ms) == 0);
    CHECK(reads_in(7s, 1000ms) <= 14);
}

TEST_CASE("settlement: turns that cannot be read for the grace are a retryable error") {
    auto script = hanging();
    script.silent = true;
    TurnRig rig(script);
    rig.begin();
    rig.runtime.world().turns.front()->absent = true;
    auto began = rig.stage.time.mono();
    rig.stage.time.run_until(rig.stage.context, [&] { return rig.ended; });
    CHECK(rig.why().starts_with("turn_unreadable"));
    CHECK_FALSE(rig.fatal());
    CHECK(rig.stage.time.mono() - began == 350ms + 3000ms);
    CHECK(rig.turn().interrupts == 1);
}

TEST_CASE("settlement: a read that says completed is believed after the grace without progress") {
    TurnScript script;
    script.silent = true;
    script.text = "unheard";
    TurnRig rig(script);
    auto began = rig.stage.time.mono();
    rig.finish();
    REQUIRE(rig.result);
    CHECK(rig.result->text == "unheard");
    CHECK(rig.stage.time.mono() - began == 350ms + 3000ms);
}

TEST_CASE("settlement: running without an item for the grace is a retryable error, and the turn is interrupted") {
    TurnRig rig(hanging());
    auto began = rig.stage.time.mono();
    rig.finish();
    CHECK(rig.why() == "turn_stalled: made no item progress");
    CHECK_FALSE(rig.fatal());
    CHECK(rig.stage.time.mono() - began == 8000ms);
    CHECK(rig.turn().interrupts == 1);
}

TEST_CASE("settlement: over the turn timeout is a retryable error, and the turn is interrupted") {
    TurnRig rig(hanging());
    rig.rules.empty_turn_grace = 1h;
    auto began = rig.stage.time.mono();
    rig.finish();
    CHECK(rig.why().starts_with("turn_timeout"));
    CHECK_FALSE(rig.fatal());
    CHECK(rig.stage.time.mono() - began == 180s);
    CHECK(rig.turn().interrupts == 1);
}

TEST_CASE("settlement: the runtime died, and what it says of the turn after its restart decides") {
    TurnScript script;
    script.end = TurnScript::End::die;
    script.down_for = 4s;
    script.text = "done before the end";
    script.after_death = TurnScript::AfterDeath::completed;
    TurnRig completed(script);
    completed.finish();
    REQUIRE(completed.result);
    CHECK(completed.result->text == "done before the end");

    script.after_death = TurnScript::AfterDeath::interrupted;
    TurnRig interrupted(script);
    interrupted.finish();
    CHECK(interrupted.why() == "turn_interrupted");
    CHECK_FALSE(interrupted.fatal());

    script.after_death = TurnScript::AfterDeath::absent;
    TurnRig absent(script);
    absent.finish();
    CHECK(absent.why().starts_with("runtime_died"));
    CHECK_FALSE(absent.fatal());
}

TEST_CASE("settlement: the runtime died and stays away, and the turn timeout ends the wait") {
    TurnScript script;
    script.end = TurnScript::End::die;
    script.down_for = 1h;
    TurnRig rig(script);
    auto began = rig.stage.time.mono();
    rig.finish();
    CHECK(rig.why().starts_with("turn_timeout"));
    CHECK(rig.stage.time.mono() - began == 180s);
}

TEST_CASE("settlement: the traffic of other turns on the thread feeds no watchdog") {
    TurnRig rig(hanging());
    auto inbox = rig.feed.listen("t", rig.stage.executor());
    rig.begin();
    const MonoTime start = MonoTime{} + 1h;
    TurnWatch watch("turn", SettleRules(), start);
    for (auto at = start; at < start + 8s; at += 50ms) watch.heard(delta("another"), at);
    CHECK(watch.verdict(start + 8s).reason == "turn_stalled: made no item progress");
    CHECK(watch.verdict(start + 350ms).what == TurnVerdict::What::read);
}

TEST_CASE("settlement: a start that is answered after its job was given up is interrupted as soon as it is known") {
    auto script = hanging();
    script.answer_after = 2s;
    TurnRig rig(script);
    rig.begin();
    rig.stage.advance(1s);
    rig.context->stale = true;  // as the lane does at the end of the grace
    rig.child->cancel(asio::cancellation_type::terminal);
    rig.stage.advance(2s);
    CHECK(rig.ended);
    CHECK(rig.turn().interrupts == 1);
}
