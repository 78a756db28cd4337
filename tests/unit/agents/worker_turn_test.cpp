// run_worker_turn: what a worker is told before a job's turn, and what becomes of it when nobody needs it.
#include "agents/worker_turn.hpp"

#include "base/members.hpp"
#include "runtime/scripted/scripted_runtime.hpp"
#include "store/memory/memory_store.hpp"
#include "support/catch.hpp"
#include "support/fake_run_context.hpp"
#include "support/run.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

namespace {

using Bootstrap = std::optional<BootstrapInstruction>;

/// A job on its worker.
struct Work {
    std::shared_ptr<FakeRunContext> context;
    std::shared_ptr<Nursery::Child> child;
    std::optional<TurnResult> result;
    std::exception_ptr failure;
    bool ended = false;

    std::string why() const {
        try {
            if (failure) std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "";
    }
    ErrorClass error_class() const {
        try {
            std::rethrow_exception(failure);
        } catch (const JobFailure& error) {
            return error.error_class();
        }
    }
};

Task<void> keep(Task<TurnResult> running, std::shared_ptr<Work> work) { work->result = co_await std::move(running); }

struct Rig {
    explicit Rig(bool prose = true) {
        if (prose) runtime.want_orientation();
        script.text = "fine";
        stage.wait_for(store.open());
        stage.wait_for(runtime.start());
    }
    ~Rig() {
        stage.wait_for(workers->stop());
        stage.wait_for(sessions.stop());
        stage.wait_for(runtime.stop());
    }
    Stage stage;
    TurnScript script;
    Settings settings;
    SeededRandom random{3};
    MemoryStore store{stage.time};
    Ledger ledger{store};
    ScriptedRuntime runtime{stage.executor(), stage.time, [this](const TurnRequest&) { return script; }};
    Sessions sessions{stage.executor(), settings, stage.time, random, ledger, runtime};
    std::unique_ptr<WorkerSessions> workers = make_workers();
    int jobs = 0;

    std::unique_ptr<WorkerSessions> make_workers() {
        auto agents = load_agent_policies({}).all();
        agents["silent"] = parse_agent_policy("silent", R"({"instructions": "Be silent.", "orientationPolicy": "never"})");
        agents["mighty"] = parse_agent_policy("mighty", R"({"instructions": "x", "model": "m-large", "instructionPolicy":
            {"sandbox": "workspace-write", "networkAccess": "enabled", "approvalPolicy": "on-request", "effort": "high"}})");
        return std::make_unique<WorkerSessions>(stage.executor(), sessions, runtime, ledger, stage.time, AgentPolicies(agents));
    }
    /// As the next life of the daemon finds it.
    void restart() {
        stage.wait_for(workers->stop());
        workers = make_workers();
        stage.wait_for(workers->load());
    }
    std::shared_ptr<Work> begin(const std::string& text, Bootstrap bootstrap = {}, const std::string& agent = "explainer",
                                TurnRequest request = {}) {
        Job job;
        job.key = ++jobs;
        job.run = 1;
        job.owner = "p";
        auto work = std::make_shared<Work>();
        work->context = std::make_shared<FakeRunContext>(job, stage.time, runtime, stage.executor());
        request.text = text;
        SettleRules rules(settings.agent);
        auto running = run_worker_turn(*workers, work->context, agent, std::move(request), rules, std::move(bootstrap));
        work->child = stage.nursery.start("job", keep(std::move(running), work), [work](std::exception_ptr error) {
            work->failure = error;
            work->ended = true;
        });
        stage.settle();
        return work;
    }
    std::shared_ptr<Work> run(const std::string& text, Bootstrap bootstrap = {}, const std::string& agent = "explainer",
                              TurnRequest request = {}) {
        auto work = begin(text, std::move(bootstrap), agent, std::move(request));
        stage.time.run_until(stage.context, [work] { return work->ended; });
        return work;
    }
    const std::string& orientation() { return workers->agents().find("explainer")->instructions; }
    /// What was said to the runtime, in the order of turns.
    std::vector<std::string> said() {
        std::vector<std::string> texts;
        for (const auto& turn : runtime.world().turns) {
            const auto& text = turn->request.text;
            texts.push_back(text == orientation() ? "orientation" : text);
        }
        return texts;
    }
    std::vector<transcript::Entry> rows(const std::string& session_id) {
        auto all = stage.wait_for(sessions.transcript(session_id));
        std::erase_if(all, [](const auto& row) { return row.type != "agent.worker.lifecycle"; });
        return all;
    }
};

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a worker is oriented before its first job, once, and its jobs come after it") {
    Rig rig;
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
    Rig rig(false);
    rig.run("one", BootstrapInstruction("style", "Be brief."));
    rig.run("two", {}, "silent");
    CHECK(rig.said() == Texts{"one", "two"});
}

TEST_CASE("an agent without orientation has its instructions before each job") {
    Rig rig;
    rig.run("one", {}, "silent");
    rig.run("two", {}, "silent");
    CHECK(rig.said() == Texts{"Be silent.\n\none", "Be silent.\n\ntwo"});
}

TEST_CASE("a bootstrap instruction is given once a key, after the orientation") {
    Rig rig;
    rig.run("one", BootstrapInstruction("style", "Be brief."));
    rig.run("two", BootstrapInstruction("style", "Be brief."));
    rig.run("three", BootstrapInstruction("tone", "Be kind."));
    CHECK(rig.said() == Texts{"orientation", "Be brief.", "one", "two", "Be kind.", "three"});
}

TEST_CASE("what a worker was told is known after a restart") {
    Rig rig;
    rig.run("one", BootstrapInstruction("style", "Be brief."));
    rig.restart();
    rig.run("two", BootstrapInstruction("style", "Be brief."));
    CHECK(rig.said() == Texts{"orientation", "Be brief.", "one", "two"});
}

TEST_CASE("an orientation that finished unseen is not paid for again; one that was cut off is") {
    for (bool finished : {true, false}) {
        INFO(finished);
        Rig rig;
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

TEST_CASE("an orientation that fails fails the job, retryable, keeps the worker, and is tried again") {
    Rig rig;
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
    Rig rig;
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
    Rig rig;
    rig.script.start = TurnScript::Start::unavailable;
    auto work = rig.run("one");
    REQUIRE(work->result);
    CHECK(work->result->end == TurnResult::End::not_now);
    CHECK(work->result->snooze.reason == "runtime_unavailable");
    CHECK(work->context->clock_runs);
}

TEST_CASE("a job's clock stands still while its worker is told something, and only then") {
    Rig rig;
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
    Rig rig;
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
    Rig rig;
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
    Rig rig;
    rig.script.end = TurnScript::End::hang;
    auto work = rig.begin("one");
    work->child->cancel(asio::cancellation_type::terminal);
    rig.stage.settle();
    CHECK(work->ended);
}

TEST_CASE("an orientation that never ends is given up by the rules of every turn") {
    Rig rig;
    rig.script.end = TurnScript::End::hang;
    auto work = rig.run("one");
    CHECK(work->why().find("preflight_failed: turn_stalled") == 0);
    CHECK(rig.runtime.world().turns.front()->interrupts == 1);
}

TEST_CASE("a turn has its agent's model, effort and rights; a job chooses model and effort, never rights") {
    Rig rig;
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
    Rig rig;
    auto work = rig.run("one", {}, "nobody");
    CHECK(work->why().find("unknown_agent") == 0);
    CHECK(work->error_class() == ErrorClass::fatal);
    CHECK(rig.runtime.world().threads == 0);
}

TEST_CASE("the thread of a worker that nobody used for ten minutes is unloaded, once, and works again when it is used") {
    Rig rig;
    auto session = rig.run("one")->result->thread_id;
    auto& unloaded = rig.runtime.world().unloaded;
    rig.stage.advance(worker_idle_bound - 1s);
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
    Rig rig;
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
