#include "agents/worker_sessions.hpp"

#include "base/members.hpp"
#include "runtime/scripted/scripted_runtime.hpp"
#include "store/memory/memory_store.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

namespace {

struct WorkerRig {
    WorkerRig() {
        stage.wait_for(store.open());
        stage.wait_for(runtime.start());
    }
    ~WorkerRig() {
        stage.wait_for(workers.stop());
        stage.wait_for(sessions.stop());
        stage.wait_for(runtime.stop());
    }
    Stage stage;
    Settings settings;
    SeededRandom random{3};
    MemoryStore store{stage.time};
    Ledger ledger{store};
    ScriptedRuntime runtime{stage.executor(), stage.time, [](const TurnRequest&) { return TurnScript(); }};
    Sessions sessions{stage.executor(), settings, stage.time, random, ledger, runtime};
    WorkerSessions workers{stage.executor(), sessions, runtime, ledger, stage.time};

    std::string get(const std::string& owner, const std::string& agent) {
        return stage.wait_for(workers.session_for(owner, agent));
    }
};

Task<void> keep(Task<std::string> asking, std::vector<std::string>& answers) {
    auto answer = co_await std::move(asking);
    answers.push_back(std::move(answer));
}

}  // namespace

TEST_CASE("a worker session is made on the first job of its owner and agent, and is the same from then on") {
    WorkerRig rig;
    auto first = rig.get("p", "explainer");
    CHECK(rig.get("p", "explainer") == first);
    CHECK(rig.get("p", "supervisor") != first);
    CHECK(rig.get("q", "explainer") != first);
    CHECK(rig.sessions.is_system_owned(first));
    CHECK(rig.sessions.owner_of(first) == "p");
    CHECK(rig.sessions.find(first)->controls.approval_policy == "never");
    CHECK(rig.runtime.world().threads == 3);
}

TEST_CASE("whoever asks while a worker session is being made gets that one") {
    WorkerRig rig;
    std::vector<std::string> answers;
    for (int i = 0; i < 10; ++i) rig.stage.nursery.start("ask", keep(rig.workers.session_for("p", "explainer"), answers));
    rig.stage.settle();
    REQUIRE(answers.size() == 10);
    for (const auto& answer : answers) CHECK(answer == answers.front());
    CHECK(rig.runtime.world().threads == 1);
}

TEST_CASE("a creation that fails fails all who waited, and the next call tries again") {
    WorkerRig rig;
    rig.runtime.die(1s);
    CHECK_THROWS_AS(rig.get("p", "explainer"), RuntimeUnavailable);
    CHECK(rig.stage.wait_for(rig.store.records_of_kind("worker", 0, 10)).empty());
    rig.stage.advance(1s);
    CHECK_NOTHROW(rig.get("p", "explainer"));
}

TEST_CASE("mapping and hidden session are one commit, and known again after a restart") {
    WorkerRig rig;
    auto before = rig.stage.wait_for(rig.store.records_of_kind("session", 0, 10)).size();
    auto commits = rig.store.stats().commits;
    auto session = rig.get("p", "explainer");
    CHECK(rig.store.stats().commits == commits + 1);
    CHECK(rig.stage.wait_for(rig.store.records_of_kind("session", 0, 10)).size() == before + 1);
    auto record = rig.stage.wait_for(rig.store.record("worker", "p", "explainer")).value();
    CHECK(members::text(record.body, "sessionId") == session);
    CHECK(members::flag(record.body, "systemOwned"));

    WorkerSessions later(rig.stage.executor(), rig.sessions, rig.runtime, rig.ledger, rig.stage.time);
    rig.stage.wait_for(later.load());
    CHECK(rig.stage.wait_for(later.session_for("p", "explainer")) == session);
    rig.stage.wait_for(later.stop());
}

TEST_CASE("a dropped worker session is forgotten with its mapping, once") {
    WorkerRig rig;
    auto session = rig.get("p", "explainer");
    rig.stage.wait_for(rig.workers.drop("p", "explainer", session));
    CHECK_FALSE(rig.sessions.is_system_owned(session));
    CHECK_FALSE(rig.stage.wait_for(rig.store.record("worker", "p", "explainer")));
    auto next = rig.get("p", "explainer");
    CHECK(next != session);
    rig.stage.wait_for(rig.workers.drop("p", "explainer", session));
    CHECK(rig.get("p", "explainer") == next);
}
