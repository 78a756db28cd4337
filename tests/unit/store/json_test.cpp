#include "base/log.hpp"
#include "store/json/json_store.hpp"
#include "store/json/snapshot_file.hpp"
#include "support/catch.hpp"
#include "support/store_fixture.hpp"

#include <atomic>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

// A store whose file can be made to fail.
class JsonFixture {
public:
    JsonFixture() {
        configure_log(LogLevel::error, LogFormat::text);
        open();
    }
    ~JsonFixture() { close(); }
    void open() {
        auto write = [this](const std::string& path, const std::string& text) {
            if (failing) throw std::runtime_error("no space left");
            ++writes;
            replace_file(path, text);
        };
        store = std::make_unique<JsonStore>(dir.path().string(), clock, write);
        run_task(store->open());
    }
    void close() {
        if (store) run_task(store->close());
        store.reset();
    }
    Result<Committed> commit(Mutation mutation) {
        mutation.at = clock.now;
        return run_task(store->commit(std::move(mutation)));
    }
    static Mutation inserting(Job job) {
        Mutation mutation;
        mutation.inserts.emplace_back();
        mutation.inserts[0].job = std::move(job);
        mutation.inserts[0].effects.puts.emplace_back("row", "s", "k", json::object{{"of", mutation.inserts[0].job.key}});
        mutation.inserts[0].effects.events.emplace_back("queued", "t", json::object{});
        return mutation;
    }
    bool has(std::int64_t key) { return run_task(store->job(key)).has_value(); }
    std::string file() const { return "orchestrator-jobs.json"; }

    TempDir dir;
    SetClock clock;
    std::atomic<bool> failing = false;
    std::atomic<int> writes = 0;
    std::unique_ptr<JsonStore> store;
};

}  // namespace

TEST_CASE("the file has version and jobs as the mission has them") {
    JsonFixture s;
    Job job = a_job(1, "project");
    job.type = "suggest_reply";
    job.priority = 1;
    job.dedupe_key = "k";
    job.source_session_id = "ses";
    s.commit(JsonFixture::inserting(job)).value();
    auto file = json::parse(s.dir.read(s.file())).as_object();
    CHECK(file.at("version") == 1);
    auto& written = file.at("jobs").at(0).as_object();
    json::object expected{{"id", job.id()},       {"type", "suggest_reply"}, {"version", 1},         {"projectId", "project"},
                          {"sourceSessionId", "ses"}, {"priority", "interactive"}, {"state", "queued"}, {"dedupeKey", "k"},
                          {"payload", {{"n", 1}}}, {"result", nullptr},       {"error", nullptr},     {"attempts", 0},
                          {"maxAttempts", 2},      {"createdAt", iso(job.created_at)}, {"startedAt", nullptr},
                          {"completedAt", nullptr}, {"cancelRequestedAt", nullptr},
                          {"runningContext", {{"threadId", nullptr}, {"turnId", nullptr}}}};
    for (const auto& [name, value] : expected) {
        CAPTURE(std::string(name));
        REQUIRE(written.contains(name));
        CHECK(written.at(name) == value);
    }
    CHECK(std::string(written.begin()->key()) == "id");
    CHECK(!std::filesystem::exists(s.dir.file(s.file() + ".tmp")));
}

TEST_CASE("a snapshot that fails takes its mutations back, and the store recovers by itself") {
    JsonFixture s;
    s.commit(JsonFixture::inserting(a_job(1))).value();
    s.failing = true;
    CHECK_THROWS_AS(s.commit(JsonFixture::inserting(a_job(2))), StorageUnavailable);
    Mutation gone;
    gone.effects.deletes.emplace_back("row", "s");
    CHECK_THROWS_AS(s.commit(std::move(gone)), StorageUnavailable);
    Job done = a_job(1);
    done.state = JobState::completed;
    done.completed_at = s.clock.now;
    Mutation finish;
    finish.updates.emplace_back(done, JobState::queued, 0);
    CHECK_THROWS_AS(s.commit(std::move(finish)), StorageUnavailable);
    CHECK(!s.store->health().ok);
    CHECK(s.store->health().problem == "no space left");
    CHECK(s.has(1));
    CHECK(!s.has(2));
    CHECK(run_task(s.store->job(1))->state == JobState::queued);
    CHECK(run_task(s.store->record("row", "s", "k"))->body.at("of") == 1);
    CHECK(run_task(s.store->event_range()).newest == 1);
    CHECK(s.store->counts().by_state[JobState::queued] == 1);
    CHECK(s.store->counts().by_state[JobState::completed] == 0);
    s.failing = false;
    CHECK(s.commit(JsonFixture::inserting(a_job(2))).value().events.at(0).seq == 2);
    CHECK(s.store->health().ok);
    s.close();
    s.open();
    CHECK(s.has(2));
}

TEST_CASE("a removal that cannot be written is taken back") {
    JsonFixture s;
    for (int key = 1; key <= 3; ++key) {
        Job job = a_job(key);
        s.commit(JsonFixture::inserting(job)).value();
        job.state = JobState::completed;
        job.completed_at = s.clock.now;
        Mutation finish;
        finish.updates.emplace_back(job, JobState::queued, 0);
        s.commit(std::move(finish)).value();
    }
    RetentionRules rules;
    rules.terminal_per_owner = 1;
    rules.event_count = 1;
    s.clock.now += Millis{60'001};
    s.failing = true;
    CHECK_THROWS_AS(run_task(s.store->retain(rules, s.clock.now)), StorageUnavailable);
    CHECK(s.has(1));
    CHECK(s.store->counts().by_state[JobState::completed] == 3);
    CHECK(run_task(s.store->event_range()).oldest == 1);
    s.failing = false;
    while (run_task(s.store->retain(rules, s.clock.now))) {}
    CHECK(run_task(s.store->event_range()).oldest == 3);
    CHECK_FALSE(s.has(1));
    CHECK_FALSE(s.has(2));
    CHECK(s.has(3));
}

TEST_CASE("a refused mutation and a removal of nothing write no file") {
    JsonFixture s;
    s.commit(JsonFixture::inserting(a_job(1))).value();
    int before = s.writes;
    CHECK(!s.commit(JsonFixture::inserting(a_job(1))));
    run_task(s.store->retain(RetentionRules(), s.clock.now));
    CHECK(s.writes == before);
}

TEST_CASE("the file keeps the newest events only") {
    JsonFixture s;
    Mutation many;
    for (int i = 0; i < JsonStore::kept_events + 10; ++i) many.effects.events.emplace_back("e", "t", json::object{});
    s.commit(std::move(many)).value();
    auto range = run_task(s.store->event_range());
    CHECK(range.oldest == 11);
    CHECK(range.newest == JsonStore::kept_events + 10);
}

TEST_CASE("a newer version is refused and left alone") {
    JsonFixture s;
    s.close();
    std::string text = R"({"version":2,"jobs":[]})";
    s.dir.write(s.file(), text);
    JsonStore store(s.dir.path().string(), s.clock);
    CHECK_THROWS_AS(run_task(store.open()), std::runtime_error);
    CHECK(s.dir.read(s.file()) == text);
}

TEST_CASE("a job that cannot be read is set aside alone") {
    JsonFixture s;
    s.close();
    s.dir.write(s.file(), R"({"version":1,"jobs":[
        {"id":"a","type":"noop","projectId":"p","state":"queued","createdAt":"2026-01-01T00:00:00.000Z"},
        {"id":"b","type":"noop","projectId":"p","state":"no such state"},
        17,
        {"id":"c","type":"noop","projectId":"p","state":"failed","payload":[]}]})");
    s.open();
    CHECK(s.store->counts().by_state[JobState::queued] == 1);
    auto aside = s.dir.named_like(s.file() + ".unreadable-");
    REQUIRE(!aside.empty());
    CHECK(s.store->health().notice.find(aside) != std::string::npos);
    auto kept = s.dir.read(std::filesystem::path(aside).filename().string());
    CHECK(kept.find("no such state") != std::string::npos);
    CHECK(std::count(kept.begin(), kept.end(), '\n') == 3);
}

TEST_CASE("a file cut anywhere is set aside and never half read") {
    JsonFixture s;
    s.commit(JsonFixture::inserting(a_job(1))).value();
    auto whole = s.dir.read(s.file());
    s.close();
    SetClock clock;
    for (std::size_t length = 0; length + 2 < whole.size(); length += 97) {
        s.dir.write(s.file(), whole.substr(0, length));
        clock.now += Millis{1};
        JsonStore store(s.dir.path().string(), clock);
        run_task(store.open());
        CHECK(!run_task(store.job(1)));
        CHECK(!store.health().notice.empty());
        run_task(store.close());
    }
}
