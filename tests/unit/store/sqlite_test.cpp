#include "unit/store/sqlite_support.hpp"

#include "store/sqlite/query.hpp"
#include "store/sqlite/schema.hpp"

#include <future>
#include <thread>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

std::string refusal_to_open(const std::string& dir) {
    SetClock clock;
    SqliteStore store(dir, clock);
    try {
        run_task(store.open());
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void overwrite_bytes(const std::string& path, std::size_t at, std::size_t count) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(long(at));
    file << std::string(count, '\xee');
}

}  // namespace

TEST_CASE("a database of a newer schema is refused with both versions and left alone") {
    SqliteFixture s;
    s.insert(1);
    s.close();
    s.edit("PRAGMA user_version = 99");
    auto why = refusal_to_open(s.dir.path().string());
    CHECK(contains(why, "schema version 99"));
    CHECK(contains(why, std::to_string(sqlite::migrations().size())));
    s.edit("PRAGMA user_version = " + std::to_string(sqlite::migrations().size()));
    s.open();
    CHECK(s.has(1));
}

TEST_CASE("each migration leads from the version before to its own") {
    TempDir dir;
    sqlite::Connection connection(dir.file("x.db"), sqlite::Access::write);
    CHECK(connection.number("PRAGMA user_version") == 0);
    sqlite::migrate(connection, "x.db");
    CHECK(connection.number("PRAGMA user_version") == std::int64_t(sqlite::migrations().size()));
    sqlite::migrate(connection, "x.db");
    sqlite::Statements(connection).prepare_all();
}

TEST_CASE("the tables that the mission names are there") {
    SqliteFixture s;
    s.insert(1);
    Job done = a_job(1);
    done.state = JobState::completed;
    done.started_at = from_ms(1000);
    done.completed_at = from_ms(1500);
    done.result = json::object{{"ok", true}};
    Mutation finish;
    finish.updates.emplace_back(done, JobState::queued, 0);
    finish.effects.puts.emplace_back("agent_worker", "", "w1", json::object{{"state", "idle"}, {"lastHeartbeatAt", "now"}});
    s.commit(std::move(finish)).value();
    s.close();
    sqlite::Connection connection(s.database(), sqlite::Access::write);
    CHECK(connection.number("SELECT count(*) FROM agent_jobs") == 1);
    CHECK(connection.number("SELECT run_ms FROM job_results WHERE state = 'completed'") == 500);
    CHECK(connection.text("SELECT result FROM job_results") == R"({"ok":true})");
    CHECK(connection.text("SELECT state FROM agent_workers WHERE id = 'w1'") == "idle");
}

TEST_CASE("a clean stop leaves one file without a log beside it") {
    SqliteFixture s;
    s.insert(1);
    CHECK(std::filesystem::exists(s.database() + "-wal"));
    s.close();
    CHECK(!std::filesystem::exists(s.database() + "-wal"));
    CHECK(!std::filesystem::exists(s.database() + "-shm"));
}

TEST_CASE("what was acknowledged survives a crash at any moment") {
    SqliteFixture s;
    for (int key = 1; key <= 20; ++key) {
        s.insert(key);
        auto copy = s.crash_copy();
        LeftBehind found(*copy);
        CHECK(found.has(key));
        CHECK(found.store.counts().by_state[JobState::queued] == key);
        CHECK(found.store.health().notice.empty());
    }
}

TEST_CASE("a damaged database is moved aside with its log") {
    SqliteFixture s;
    for (int key = 1; key <= 50; ++key) s.insert(key);
    SECTION("cut in half") {
        s.close();
        std::filesystem::resize_file(s.database(), std::filesystem::file_size(s.database()) / 2);
    }
    SECTION("a garbled header") {
        s.close();
        overwrite_bytes(s.database(), 0, 64);
    }
    SECTION("garbled pages, found after a crash") {
        s.close();
        s.open();
        s.insert(51);
        auto copy = s.crash_copy();
        s.close();
        for (const auto& entry : std::filesystem::directory_iterator(copy->path()))
            std::filesystem::copy(entry.path(), s.dir.path() / entry.path().filename(), std::filesystem::copy_options::overwrite_existing);
        overwrite_bytes(s.database(), 5 * 4096, 4096 * 20);
    }
    s.open();
    CHECK(!s.has(1));
    auto aside = s.dir.named_like("lanekeeper.db.corrupt-");
    CHECK(!aside.empty());
    CHECK(contains(s.store->health().notice, "lanekeeper.db.corrupt-1800000000000"));
    s.insert(1);
    CHECK(s.has(1));
}

TEST_CASE("commits that a damaged log swallowed are noticed") {
    SqliteFixture s;
    for (int key = 1; key <= 10; ++key) s.insert(key);
    auto copy = s.crash_copy();
    auto log = copy->file("lanekeeper.db-wal");
    overwrite_bytes(log, std::filesystem::file_size(log) * 3 / 4, 200);
    LeftBehind found(*copy);
    CHECK(found.has(1));
    CHECK(!found.has(10));
    CHECK(contains(found.store.health().notice, "write-ahead log was damaged"));
    CHECK(found.store.health().ok);
}

TEST_CASE("a database that lost commits has a new epoch: it gives out numbers a second time") {
    SqliteFixture s;
    for (int key = 1; key <= 10; ++key) s.insert(key);
    auto before = run_task(s.store->event_range());
    auto copy = s.crash_copy();
    auto log = copy->file("lanekeeper.db-wal");
    SECTION("some of them") { std::filesystem::resize_file(log, std::filesystem::file_size(log) * 3 / 4); }
    SECTION("all that the log had") { std::filesystem::resize_file(log, 0); }
    std::string renewed;
    {
        LeftBehind found(*copy);
        CHECK(contains(found.store.health().notice, "write-ahead log was damaged"));
        auto after = run_task(found.store.event_range());
        CHECK(after.newest < before.newest);
        CHECK(after.epoch != before.epoch);
        renewed = after.epoch;
        auto crash = std::make_unique<TempDir>();  // at once, and the log is lost again
        std::filesystem::copy(copy->file("lanekeeper.db"), crash->file("lanekeeper.db"));
        std::filesystem::copy(copy->file("lanekeeper.db-mark"), crash->file("lanekeeper.db-mark"));
        LeftBehind again(*crash);
        CHECK(run_task(again.store.event_range()).epoch == renewed);
    }
    LeftBehind later(*copy);
    CHECK(later.store.health().notice.empty());
    CHECK(run_task(later.store.event_range()).epoch == renewed);
}

TEST_CASE("a job row that cannot be read is set aside alone") {
    SqliteFixture s;
    for (int key = 1; key <= 3; ++key) s.insert(key);
    s.close();
    s.edit("UPDATE job_payloads SET payload = '{broken' WHERE key = 2");
    s.open();
    JobQuery query;
    query.owner = "p1";
    CHECK(run_task(s.store->jobs(query)).jobs.size() == 2);
    s.insert(4);  // behind the setting aside, on the writer's thread
    CHECK(s.store->counts().by_state[JobState::queued] == 3);
    CHECK(run_task(s.store->open_jobs(0, 10)).size() == 3);
    s.close();
    sqlite::Connection connection(s.database(), sqlite::Access::write);
    CHECK(connection.text("SELECT body FROM set_aside WHERE source = 'job' AND name = '2'") == "{broken");
}

TEST_CASE("a job row whose state is none is set aside alone, at the start or where a commit meets it") {
    SqliteFixture s;
    for (int key = 1; key <= 3; ++key) s.insert(key);
    s.close();
    s.edit("UPDATE agent_jobs SET state = -126 WHERE key = 2");
    s.open();
    SECTION("at the start") { CHECK(run_task(s.store->open_jobs(0, 10)).size() == 2); }
    SECTION("in a commit") {
        Job next = a_job(2);
        next.state = JobState::canceled;
        Mutation mutation;
        mutation.updates.emplace_back(next, JobState::queued, 0);
        CHECK(run_task(s.store->commit(std::move(mutation))).error().code == "stale_job");
    }
    s.insert(4);
    CHECK(run_task(s.store->open_jobs(0, 10)).size() == 3);
    CHECK(s.store->counts().by_state[JobState::queued] == 3);
    s.close();
    sqlite::Connection connection(s.database(), sqlite::Access::write);
    CHECK(connection.number("SELECT count(*) FROM set_aside WHERE source = 'job' AND name = '2'") == 1);
}

TEST_CASE("a record that cannot be read is set aside alone, also in the middle of a commit") {
    SqliteFixture s;
    for (int key = 1; key <= 3; ++key) s.insert(key);
    s.close();
    s.edit("UPDATE records SET body = '[1]' WHERE key = '1'; UPDATE records SET body = '' WHERE key = '2'");
    s.open();
    CHECK(run_task(s.store->records("row", "s", 0, 10)).size() == 1);
    Mutation merge;
    merge.effects.puts.emplace_back("row", "s", "2", json::object{{"new", 1}});
    s.commit(std::move(merge)).value();
    CHECK(run_task(s.store->record("row", "s", "2"))->body == json::object{{"new", 1}});
    s.close();
    sqlite::Connection connection(s.database(), sqlite::Access::write);
    CHECK(connection.number("SELECT count(*) FROM set_aside WHERE source = 'record'") == 2);
}

TEST_CASE("an update touches neither payload nor what never changes") {
    SqliteFixture s;
    s.insert(1);
    s.close();
    s.edit("CREATE TRIGGER watch BEFORE UPDATE ON job_payloads BEGIN SELECT raise(ABORT, 'payload touched'); END");
    s.open();
    Job next = a_job(1);
    next.state = JobState::running;
    next.run = 1;
    next.payload = {{"other", 1}};
    Mutation start;
    start.updates.emplace_back(next, JobState::queued, 0);
    s.commit(std::move(start)).value();
    CHECK(run_task(s.store->job(1))->payload == json::object{{"n", 1}});
}

TEST_CASE("while one commit waits for the disk, reads go on and further commits gather into one") {
    SqliteFixture s;
    s.insert(1);
    auto before = s.store->stats();
    std::promise<void> reached;
    std::promise<void> release;
    auto gate = release.get_future().share();
    std::atomic<bool> first = true;
    FaultyDisk::get().on_sync([&, gate] {
        if (first.exchange(false)) reached.set_value();
        gate.wait();
    });
    std::vector<std::thread> producers;
    producers.emplace_back([&] { s.insert(2); });
    reached.get_future().wait();
    CHECK(s.has(1));
    CHECK(!s.has(2));
    std::atomic<int> started = 0;
    for (int key = 3; key <= 42; ++key) {
        producers.emplace_back([&s, &started, key] {
            ++started;
            s.insert(key);
        });
    }
    while (started < 40) std::this_thread::yield();
    for (int i = 0; i < 50; ++i) CHECK(s.has(1));  // time for them to ask
    release.set_value();
    for (auto& producer : producers) producer.join();
    auto stats = s.store->stats();
    CHECK(stats.mutations - before.mutations == 41);
    CHECK(stats.commits - before.commits < 20);
    CHECK(s.store->counts().by_state[JobState::queued] == 42);
}

TEST_CASE("a big log is brought into the database while work goes on") {
    SqliteFixture s;
    for (int key = 1; key <= 1500; ++key) s.insert(key);
    CHECK(std::filesystem::file_size(s.database() + "-wal") < 4096u * 1000 * 3);
    CHECK(std::filesystem::file_size(s.database()) > 400'000);
}
