#pragma once
#include "agents/conversation.hpp"
#include "agents/ingest.hpp"
#include "agents/projects.hpp"
#include "support/failing_store.hpp"
#include "support/fickle_runtime.hpp"
#include "support/spine.hpp"

#include <algorithm>

namespace lanekeeper {

/// Sessions, projects and ingest on the built-in runtime and the real job types. The store and the runtime can be made
/// to fail.
/// For tests beside the job types.
struct House {
    explicit House(Settings wanted = {}, IngestBounds bounds = {})
        : settings(std::move(wanted)), ingest(stage.executor(), sessions, queue, nullptr, bounds) {
        add_all_jobs(registry, JobDeps(settings, sessions, workers, runtime, queue, registry, questions));
        stage.wait_for(start());
    }
    ~House() { stage.wait_for(stop()); }

    Stage stage;
    Settings settings;
    SeededRandom random{7};
    MemoryStore memory{stage.time};
    testing::FailingStore store{memory};
    Ledger ledger{store};
    std::unique_ptr<Hub> hub;
    BuiltinRuntime builtin{stage.executor(), stage.time, random};
    testing::FickleRuntime runtime{builtin, stage.time};
    std::unique_ptr<Metrics> metrics = make_metrics();
    Registry registry;
    Sessions sessions{stage.executor(), settings, stage.time, random, ledger, runtime};
    WorkerSessions workers{stage.executor(), sessions, runtime, ledger, stage.time};
    LocalQueue queue{ledger, registry, runtime, stage.time, random, *metrics, settings.queue, stage.executor(), settings.pool};
    Questions questions{stage.executor(), sessions};
    Projects projects{sessions};
    Ingest ingest;

    std::string project() { return stage.wait_for(projects.create("p", std::nullopt)).value().id; }
    std::string chat(std::optional<std::string> project_id = {}) {
        NewSession wanted;
        wanted.project_id = std::move(project_id);
        return stage.wait_for(sessions.create(wanted)).value().session.id;
    }
    std::vector<transcript::Entry> rows(const std::string& id) { return stage.wait_for(sessions.transcript(id)); }
    std::size_t jobs(const std::string& owner) {
        JobQuery query;
        query.owner = owner;
        return stage.wait_for(queue.list(query)).jobs.size();
    }
    /// Sends a message, at once or as it says for a busy chat.
    SentMessage say(const std::string& chat, std::string text, WhenBusy when_busy = WhenBusy::reject) {
        NewMessage message;
        message.text = std::move(text);
        message.when_busy = when_busy;
        return stage.wait_for(sessions.conversation().send(chat, message)).value();
    }
    /// Until everything that was said by then is committed.
    void pass(Millis span) {
        stage.advance(span);
        stage.wait_for(ingest.settled());
    }
    /// How many rows say exactly this.
    std::size_t said(const std::string& chat, const std::string& text) {
        auto all = rows(chat);
        return std::size_t(std::count_if(all.begin(), all.end(), [&](const auto& row) { return row.content == text; }));
    }
    std::size_t records(std::string_view kind, const std::string& scope) {
        return stage.wait_for(store.records(std::string(kind), scope, 0, 1000)).size();
    }
    Result<void> feed(const std::string& id, const char* item_id, json::value metadata = nullptr) {
        auto text = std::string(R"({"method":"item/completed","params":{"turnId":"t","item":{"id":")") + item_id +
                    R"(","type":"fileChange","status":"completed","changes":[{"path":"a","kind":"add","diff":"x\n"}]}}})";
        return stage.wait_for(ingest.accept(id, json::parse(text), std::move(metadata)));
    }

private:
    Task<void> start() {
        co_await store.open();
        hub = make_hub(0);
        ledger.attach(*hub);
        co_await sessions.load();
        sessions.attach(queue);
        co_await runtime.start();
        co_await queue.start();
        co_await ingest.start();
        co_await sessions.start();
    }
    Task<void> stop() {
        StopOptions options;
        co_await queue.stop(options);
        co_await ingest.stop();
        co_await sessions.stop();
        co_await questions.stop();
        co_await workers.stop();
        co_await runtime.stop();
        co_await store.close();
    }
};

}  // namespace lanekeeper
