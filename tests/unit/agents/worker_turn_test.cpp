// run_worker_turn: what an agent's turns may do, and what becomes of workers that nobody uses.
#include "agents/worker_turn.hpp"

#include "support/catch.hpp"
#include "work_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

TEST_CASE("a turn has its agent's model, effort and rights; a job chooses model and effort, never rights") {
    WorkRig rig;
    rig.run("one", {}, "mighty");
    const auto& usual = rig.runtime.world().turns.back()->request;
    CHECK(usual.model == "m-large");
    CHECK(usual.effort == "high");
    CHECK(usual.sandbox == "workspace-write");
    CHECK(usual.network_access == "enabled");
    CHECK(usual.approval_policy == "on-request");
    TurnRequest request;
    request.model = "m-small";
    request.effort = "low";
    request.sandbox = "danger-full-access";
    request.approval_policy = "untrusted";
    rig.run("two", {}, "mighty", request);
    const auto& chosen = rig.runtime.world().turns.back()->request;
    CHECK(chosen.model == "m-small");
    CHECK(chosen.effort == "low");
    CHECK(chosen.sandbox == "workspace-write");
    CHECK(chosen.approval_policy == "on-request");
}

TEST_CASE("a job for an agent that nobody described fails for good") {
    WorkRig rig;
    auto work = rig.run("one", {}, "nobody");
    CHECK(work->why().find("unknown_agent") == 0);
    CHECK(work->error_class() == ErrorClass::fatal);
    CHECK(rig.runtime.world().threads == 0);
}

TEST_CASE("the thread of a worker that nobody used for ten minutes is unloaded, once, and works again when it is used") {
    WorkRig rig;
    auto session = rig.run("one")->result->thread_id;
    auto& unloaded = rig.runtime.world().unloaded;
    rig.stage.advance(rig.settings.agent.worker_idle - 1s);
    CHECK(unloaded.empty());
    rig.stage.advance(2min);
    CHECK(unloaded == Texts{session});
    rig.stage.advance(60min);
    CHECK(unloaded.size() == 1);
    CHECK(rig.run("two")->result->thread_id == session);
    CHECK(rig.said() == Texts{"orientation", "one", "two"});
    rig.stage.advance(12min);
    CHECK(unloaded == Texts{session, session});
}

TEST_CASE("a worker that is used again in time, or works for long, is not unloaded") {
    WorkRig rig;
    rig.run("one");
    rig.stage.advance(9min);
    rig.run("two");
    rig.stage.advance(9min);
    rig.settings.agent.turn_timeout = 3'600'000ms;
    rig.settings.agent.empty_turn_grace = 3'600'000ms;
    rig.script.ends_after = 30min;
    auto work = rig.begin("three");
    rig.stage.advance(29min);
    CHECK_FALSE(work->ended);
    CHECK(rig.runtime.world().unloaded.empty());
    rig.stage.advance(20min);
    CHECK(work->ended);
    CHECK(rig.runtime.world().unloaded.size() == 1);
}
