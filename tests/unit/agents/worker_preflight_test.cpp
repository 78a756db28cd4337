// What a worker is told before a job's turn.
#include "agents/worker_turn.hpp"

#include "support/catch.hpp"
#include "work_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

TEST_CASE("a worker is oriented before its first job, once, and its jobs come after it") {
    WorkRig rig;
    auto work = rig.run("one");
    REQUIRE(work->result);
    CHECK(work->result->text == "fine");
    rig.run("two");
    CHECK(rig.said() == Texts{"orientation", "one", "two"});
    auto session = work->result->thread_id;
    CHECK(rig.runtime.world().starts_of("preflight:" + session + ":orientation") == 1);
    auto rows = rig.rows(session);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].status == transcript::Status::complete);
    CHECK(rows[0].turn_id == "turn_1");
    CHECK(work->context->contexts == std::vector<RunningContext>{{session, "turn_2"}});
}

TEST_CASE("a runtime that reads facts is told nothing before its jobs") {
    WorkRig rig(false);
    rig.run("one", BootstrapInstruction("style", "Be brief."));
    rig.run("two", {}, "silent");
    CHECK(rig.said() == Texts{"one", "two"});
}

TEST_CASE("an agent without orientation has its instructions before each job") {
    WorkRig rig;
    rig.run("one", {}, "silent");
    rig.run("two", {}, "silent");
    CHECK(rig.said() == Texts{"Be silent.\n\none", "Be silent.\n\ntwo"});
}

TEST_CASE("a bootstrap instruction is given once a key, after the orientation") {
    WorkRig rig;
    rig.run("one", BootstrapInstruction("style", "Be brief."));
    rig.run("two", BootstrapInstruction("style", "Be brief."));
    rig.run("three", BootstrapInstruction("tone", "Be kind."));
    CHECK(rig.said() == Texts{"orientation", "Be brief.", "one", "two", "Be kind.", "three"});
}

TEST_CASE("what a worker was told is known after a restart") {
    WorkRig rig;
    rig.run("one", BootstrapInstruction("style", "Be brief."));
    rig.restart();
    rig.run("two", BootstrapInstruction("style", "Be brief."));
    CHECK(rig.said() == Texts{"orientation", "Be brief.", "one", "two"});
}

TEST_CASE("an orientation that finished unseen is not paid for again; one that was cut off is") {
    for (bool finished : {true, false}) {
        INFO(finished);
        WorkRig rig;
        rig.script.ends_after = 1s;
        auto work = rig.begin("one");
        rig.stage.advance(100ms);
        rig.stage.wait_for(rig.workers->stop());  // the daemon dies
        REQUIRE(rig.runtime.world().turns.size() == 1);
        if (finished) rig.stage.advance(2s);
        else rig.runtime.die(1ms);
        rig.stage.advance(1s);
        rig.restart();
        rig.run("again");
        CHECK(rig.said() == (finished ? Texts{"orientation", "again"} : Texts{"orientation", "orientation", "again"}));
    }
}

TEST_CASE("a stop does not wait for an orientation, not even for one that is just being started") {
    for (Millis answer_after : {0ms, 500ms}) {
        INFO(answer_after.count());
        WorkRig rig;
        rig.script.end = TurnScript::End::hang;
        rig.script.answer_after = answer_after;
        rig.begin("one");
        rig.stage.advance(100ms);
        auto asked = rig.stage.time.mono();
        rig.stage.wait_for(rig.workers->stop());
        CHECK(rig.stage.time.mono() - asked < 600ms);
        CHECK(rig.runtime.world().turns.size() == 1);
    }
}

TEST_CASE("an orientation that fails fails the job, retryable, keeps the worker, and is tried again") {
    WorkRig rig;
    rig.script.end = TurnScript::End::fail;
    auto work = rig.run("one");
    CHECK(work->why().find("preflight_failed: turn_failed: scripted failure") == 0);
    CHECK(work->error_class() == ErrorClass::retryable);
    auto session = rig.stage.wait_for(rig.workers->session_for("p", "explainer"));
    CHECK(rig.rows(session).at(0).status == transcript::Status::error);
    rig.script.end = TurnScript::End::reply;
    REQUIRE(rig.run("one")->result);
    CHECK(rig.said() == Texts{"orientation", "orientation", "one"});
    CHECK(rig.runtime.world().threads == 1);
    CHECK(rig.rows(session).at(0).status == transcript::Status::complete);
}

TEST_CASE("a thread that takes no orientation is given up, and the next one is told") {
    WorkRig rig;
    auto stale = rig.stage.wait_for(rig.workers->session_for("p", "explainer"));
    TurnRequest other;
    other.thread_id = stale;
    other.text = "somebody else";
    rig.script.ends_after = 100s;
    rig.stage.wait_for(rig.runtime.start_turn(other));
    rig.script.ends_after = 50ms;
    auto work = rig.run("one");
    REQUIRE(work->result);
    CHECK(work->result->thread_id != stale);
    CHECK(rig.said() == Texts{"somebody else", "orientation", "one"});
    CHECK_FALSE(rig.sessions.is_system_owned(stale));
}

TEST_CASE("a runtime that is not there for an orientation is a reason to come back") {
    WorkRig rig;
    rig.script.start = TurnScript::Start::unavailable;
    auto work = rig.run("one");
    REQUIRE(work->result);
    CHECK(work->result->end == TurnResult::End::not_now);
    CHECK(work->result->snooze.reason == "runtime_unavailable");
    CHECK(work->context->clock_runs);
}

TEST_CASE("a job's clock stands still while its worker is told something, and only then") {
    WorkRig rig;
    auto work = rig.begin("one");
    CHECK_FALSE(work->context->clock_runs);
    rig.stage.advance(60ms);
    CHECK(rig.said() == Texts{"orientation", "one"});
    CHECK(work->context->clock_runs);
    CHECK(work->context->clock_stops == 1);
    rig.stage.advance(1s);
    CHECK(rig.run("two")->context->clock_stops == 0);
}

TEST_CASE("jobs that come while a worker is told something wait for that, and it is told once") {
    WorkRig rig;
    auto first = rig.begin("one");
    auto second = rig.begin("two", BootstrapInstruction("style", "Be brief."));
    rig.stage.advance(60ms);
    CHECK(rig.runtime.world().starts_of("preflight:thread_1:orientation") == 1);
    rig.stage.advance(10s);
    CHECK(rig.runtime.world().threads >= 1);
    CHECK(first->ended);
    CHECK(second->ended);
}

TEST_CASE("a job that is cancelled while its worker is told something ends at once, and the next one needs not tell again") {
    WorkRig rig;
    rig.script.ends_after = 5s;
    auto work = rig.begin("one");
    rig.stage.advance(1s);
    work->context->stopping = true;
    work->child->cancel(asio::cancellation_type::total);
    rig.stage.settle();
    CHECK(work->ended);
    CHECK(work->why().find("preflight_left") == 0);
    CHECK(work->context->clock_runs);
    auto next = rig.run("two");
    REQUIRE(next->result);
    CHECK(rig.said() == Texts{"orientation", "two"});
}

TEST_CASE("a job that is abandoned while its worker is told something ends at once") {
    WorkRig rig;
    rig.script.end = TurnScript::End::hang;
    auto work = rig.begin("one");
    work->child->cancel(asio::cancellation_type::terminal);
    rig.stage.settle();
    CHECK(work->ended);
}

TEST_CASE("an orientation that never ends is given up by the rules of every turn") {
    WorkRig rig;
    rig.script.end = TurnScript::End::hang;
    auto work = rig.run("one");
    CHECK(work->why().find("preflight_failed: turn_stalled") == 0);
    CHECK(rig.runtime.world().turns.front()->interrupts == 1);
}

