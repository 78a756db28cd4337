#pragma once
#include "agents/questions.hpp"
#include "agents/sessions.hpp"
#include "agents/suggestions.hpp"
#include "agents/worker_sessions.hpp"
#include "jobs/catalogue.hpp"
#include "queue/local_queue.hpp"
#include "runtime/builtin/builtin_runtime.hpp"
#include "runtime/scripted/scripted_runtime.hpp"
#include "store/memory/memory_store.hpp"
#include "support/run.hpp"
#include "transcript/rows.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lanekeeper {

/// The daemon's insides on the memory store and under manual time: everything from the queue to the transcript, without
/// the web. Starts itself; `stop` before it goes, which its destructor does.
struct Spine {
    using MakeRuntime = std::function<std::unique_ptr<Runtime>(Spine&)>;

    explicit Spine(MakeRuntime make_runtime, Settings wanted = {}, AgentPolicies agents = load_agent_policies({}))
        : settings(std::move(wanted)) {
        runtime = make_runtime(*this);
        sessions = std::make_unique<Sessions>(stage.executor(), settings, stage.time, random, ledger, *runtime);
        workers = std::make_unique<WorkerSessions>(stage.executor(), *sessions, *runtime, ledger, stage.time,
                                                   std::move(agents));
        queue = std::make_unique<LocalQueue>(ledger, registry, *runtime, stage.time, random, *metrics, settings.queue,
                                             stage.executor(), settings.pool);
        suggestions = std::make_unique<Suggestions>(settings, stage.time, random, ledger, *sessions, *queue);
        questions = std::make_unique<Questions>(stage.executor(), *sessions);
        add_all_jobs(registry, JobDeps(settings, *sessions, *workers, *runtime, *queue, registry, *questions));
        stage.wait_for(start());
    }
    ~Spine() { stage.wait_for(stop()); }

    Stage stage;
    Settings settings;
    SeededRandom random{11};
    MemoryStore store{stage.time};
    Ledger ledger{store};
    std::unique_ptr<Hub> hub;
    std::unique_ptr<Runtime> runtime;
    std::unique_ptr<Metrics> metrics = make_metrics();
    Registry registry;
    std::unique_ptr<Sessions> sessions;
    std::unique_ptr<WorkerSessions> workers;
    std::unique_ptr<LocalQueue> queue;
    std::unique_ptr<Suggestions> suggestions;
    std::unique_ptr<Questions> questions;

    /// A user's chat in a project, with these messages.
    std::string chat(const std::vector<std::pair<std::string, std::string>>& said = {{"user", "Please fix the parser."}}) {
        NewSession wanted;
        auto view = stage.wait_for(sessions->create(wanted)).value();
        Effects effects;
        for (std::size_t i = 0; i < said.size(); ++i) {
            transcript::Entry entry;
            entry.message_id = "said_" + std::to_string(i);
            entry.turn_id = "turn_said";
            entry.role = said[i].first == "user" ? transcript::Role::user : transcript::Role::assistant;
            entry.type = said[i].first == "user" ? "userMessage" : "agentMessage";
            entry.content = said[i].second;
            effects.puts.push_back(transcript::put_base(view.session.id, entry));
        }
        stage.wait_for(ledger.commit(stage.time.wall(), std::move(effects))).value();
        return view.session.id;
    }

    Job job(const std::string& id) { return stage.wait_for(queue->get(id)).value(); }
    Job end_of(const std::string& id) {
        stage.wait_for(queue->wait_terminal(id, std::chrono::minutes{10}));
        return job(id);
    }
    std::vector<json::object> bodies(std::string_view kind, const std::string& scope) {
        std::vector<json::object> found;
        for (auto& record : stage.wait_for(store.records(std::string(kind), scope, 0, 1000)))
            found.push_back(std::move(record.body));
        return found;
    }
    /// The payloads of the committed events of a type.
    std::vector<json::object> events(const std::string& type) {
        EventFilter all;
        std::vector<json::object> found;
        for (const auto& event : stage.wait_for(store.events(0, 1'000'000, all, 100'000)).events)
            if (event.type == type) found.push_back(json::parse(event.envelope()).at("payload").as_object());
        return found;
    }

private:
    Task<void> start() {
        co_await store.open();
        hub = make_hub(0);
        ledger.attach(*hub);
        co_await sessions->load();
        co_await workers->load();
        sessions->attach(*queue);
        co_await runtime->start();
        co_await queue->start();
        co_await sessions->start();
    }
    Task<void> stop() {
        StopOptions options;
        co_await queue->stop(options);
        co_await questions->stop();
        co_await workers->stop();
        co_await sessions->stop();
        co_await runtime->stop();
        co_await store.close();
    }
};

inline std::unique_ptr<Runtime> builtin_runtime(Spine& spine) {
    return std::make_unique<BuiltinRuntime>(spine.stage.executor(), spine.stage.time, spine.random);
}

/// Every turn plays `*script` as it is when the turn starts.
inline Spine::MakeRuntime scripted_runtime(std::shared_ptr<scripted::TurnScript> script) {
    return [script](Spine& spine) {
        return std::make_unique<scripted::ScriptedRuntime>(spine.stage.executor(), spine.stage.time,
                                                           [script](const TurnRequest&) { return *script; });
    };
}

}  // namespace lanekeeper
