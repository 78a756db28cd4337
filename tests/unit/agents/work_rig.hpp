#pragma once
#include "agents/worker_turn.hpp"
#include "runtime/scripted/scripted_runtime.hpp"
#include "store/memory/memory_store.hpp"
#include "support/fake_run_context.hpp"
#include "support/run.hpp"

namespace lanekeeper {

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

inline Task<void> keep_work(Task<TurnResult> running, std::shared_ptr<Work> work) { work->result = co_await std::move(running); }

/// Workers on the scripted runtime, and jobs that use them.
struct WorkRig {
    explicit WorkRig(bool prose = true) {
        if (prose) runtime.want_orientation();
        script.text = "fine";
        stage.wait_for(store.open());
        stage.wait_for(runtime.start());
    }
    ~WorkRig() {
        stage.wait_for(workers->stop());
        stage.wait_for(sessions.stop());
        stage.wait_for(runtime.stop());
    }
    Stage stage;
    scripted::TurnScript script;
    Settings settings;
    SeededRandom random{3};
    MemoryStore store{stage.time};
    Ledger ledger{store};
    scripted::ScriptedRuntime runtime{stage.executor(), stage.time, [this](const TurnRequest&) { return script; }};
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
        work->child = stage.nursery.start("job", keep_work(std::move(running), work), [work](std::exception_ptr error) {
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

}  // namespace lanekeeper
