#include "agents/ingest.hpp"

#include "agents/conversation.hpp"
#include "agents/projects.hpp"
#include "support/catch.hpp"
#include "support/failing_store.hpp"
#include "support/spine.hpp"

using namespace lanekeeper;
using lanekeeper::testing::FailingStore;

namespace {

/// Here, beside the job types, since it enqueues real ones: sessions, projects and ingest on the built-in runtime over a store that can be made to fail.
struct House {
    explicit House(Settings wanted = {}) : settings(std::move(wanted)) {
        add_all_jobs(registry, JobDeps(settings, sessions, workers));
        stage.wait_for(start());
    }
    ~House() { stage.wait_for(stop()); }

    Stage stage;
    Settings settings;
    SeededRandom random{7};
    MemoryStore memory{stage.time};
    FailingStore store{memory};
    Ledger ledger{store};
    std::unique_ptr<Hub> hub;
    BuiltinRuntime runtime{stage.executor(), stage.time, random};
    std::unique_ptr<Metrics> metrics = make_metrics();
    Registry registry;
    Sessions sessions{stage.executor(), settings, stage.time, random, ledger, runtime};
    WorkerSessions workers{stage.executor(), sessions, runtime, ledger, stage.time};
    LocalQueue queue{ledger, registry, runtime, stage.time, random, *metrics, settings.queue, stage.executor()};
    Projects projects{sessions};
    Ingest ingest{stage.executor(), sessions, queue};

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
    Result<void> feed(const std::string& id, const char* item_id) {
        auto text = std::string(R"({"method":"item/completed","params":{"turnId":"t","item":{"id":")") + item_id +
                    R"(","type":"fileChange","status":"completed","changes":[{"path":"a","kind":"add","diff":"x\n"}]}}})";
        return stage.wait_for(ingest.accept(id, json::parse(text)));
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
        co_await workers.stop();
        co_await runtime.stop();
        co_await store.close();
    }
};

SentMessage say(House& house, const std::string& chat) {
    NewMessage message;
    message.text = "hello";
    return house.stage.wait_for(house.sessions.conversation().send(chat, message)).value();
}

}  // namespace

TEST_CASE("what the runtime said is committed once the stream has settled") {
    House house;
    auto chat = house.chat();
    say(house, chat);
    house.stage.advance(Millis{5000});
    house.stage.wait_for(house.ingest.settled());
    auto rows = house.rows(chat);
    REQUIRE(rows.size() == 2);
    CHECK(rows[0].role == transcript::Role::user);
    CHECK(rows[1].role == transcript::Role::assistant);
    for (const auto& row : rows) CHECK(row.status == transcript::Status::complete);
}

TEST_CASE("a runtime's notices wait out a full disk, and none is lost or written twice") {
    House house;
    auto chat = house.chat();
    house.store.fail_commits(1, 1'000'000);  // all but the one that accepts the message
    say(house, chat);
    house.stage.advance(Millis{3000});
    CHECK(house.store.failures > 0);
    CHECK(house.rows(chat).empty());
    house.store.fail_commits(0, 0);
    house.stage.advance(Millis{3000});
    house.stage.wait_for(house.ingest.settled());
    auto rows = house.rows(chat);
    REQUIRE(rows.size() == 2);
    CHECK(rows[1].status == transcript::Status::complete);
}

TEST_CASE("a message that cannot be kept is not accepted, and starts nothing") {
    House house;
    auto chat = house.chat();
    house.store.break_disk(true);
    CHECK_THROWS_AS(say(house, chat), StorageUnavailable);
    house.store.break_disk(false);
    house.stage.advance(Millis{3000});
    CHECK(house.rows(chat).empty());
}

TEST_CASE("a change's row and its explain job are committed together or not at all") {
    House house;
    auto project = house.project();
    auto chat = house.chat(project);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::pause));
    int together = 0;
    house.store.before_commit = [&](const Mutation& mutation) {
        if (mutation.inserts.empty()) return;
        auto is_row = [](const RecordPut& put) { return put.kind == "row.base"; };
        auto has_row = [&](const Effects& effects) { return std::any_of(effects.puts.begin(), effects.puts.end(), is_row); };
        if (has_row(mutation.effects) || has_row(mutation.inserts[0].effects)) ++together;
    };
    house.store.break_disk(true);
    CHECK_THROWS_AS(house.feed(chat, "i"), StorageUnavailable);
    CHECK(house.rows(chat).empty());
    CHECK(house.jobs(project) == 0);
    house.store.break_disk(false);
    CHECK(house.feed(chat, "i").has_value());
    CHECK(together == 1);
    CHECK(house.rows(chat).size() == 2);  // with the placeholder of its explanation
    CHECK(house.jobs(project) == 1);
}

TEST_CASE("explanations that found the lane full are swept in when it has room, each once") {
    Settings settings;
    settings.queue.max_per_project = 2;
    House house(settings);
    auto project = house.project();
    auto chat = house.chat(project);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::pause));
    for (const char* item : {"a", "b", "c", "d", "e"}) CHECK(house.feed(chat, item).has_value());
    CHECK(house.ingest.stats().explain_deferred == 3);
    CHECK(house.stage.wait_for(house.ingest.sweep_deferred()) == 0);
    CHECK(house.jobs(project) == 2);
    house.stage.wait_for(house.queue.command_lane(project, Queue::LaneCommand::resume));
    house.stage.advance(Millis{60'000});
    CHECK(house.jobs(project) == 5);
    CHECK(house.ingest.stats().explain_swept == 3);
    CHECK(house.rows(chat).size() == 10);
}

TEST_CASE("notices of a chat that was deleted leave nothing behind") {
    House house;
    auto chat = house.chat();
    say(house, chat);
    CHECK(house.stage.wait_for(house.sessions.remove(chat)).has_value());
    house.stage.advance(Millis{5000});
    house.stage.wait_for(house.ingest.settled());
    CHECK(house.rows(chat).empty());
    CHECK(house.sessions.require_user_session(chat).error().code == "deleted");
}

TEST_CASE("a worker's session is hidden, has its owner's lane, and is forgotten without a stone") {
    House house;
    auto made = house.stage.wait_for(house.sessions.create_system_session("p", "explainer", "w", Effects()));
    REQUIRE(made.has_value());
    CHECK(house.sessions.require_user_session("w").error().code == "system_session");
    CHECK(house.sessions.owner_of("w") == "p");
    CHECK(house.sessions.audience_of("w") == Audience::system);
    house.stage.wait_for(house.sessions.drop_system_session("w", Effects()));
    CHECK(house.sessions.require_user_session("w").error().code == "not_found");
    CHECK_FALSE(house.sessions.owner_of("w"));
}
