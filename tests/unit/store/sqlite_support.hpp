#pragma once
#include "base/log.hpp"
#include "store/sqlite/connection.hpp"
#include "store/sqlite/sqlite_store.hpp"
#include "support/catch.hpp"
#include "support/fault_vfs.hpp"
#include "support/store_fixture.hpp"

#include <filesystem>

namespace lanekeeper::testing {

/// A sqlite store in a directory of its own, on the disk that can fail.
class SqliteFixture {
public:
    SqliteFixture() {
        configure_log(LogLevel::error, LogFormat::text);
        FaultyDisk::get().heal();
        open();
    }
    ~SqliteFixture() {
        FaultyDisk::get().heal();
        FaultyDisk::get().on_sync({});
        close();
    }
    void open() {
        store = std::make_unique<SqliteStore>(dir.path().string(), clock, FaultyDisk::name, Millis{0});
        run_task(store->open());
    }
    void close() {
        if (store) run_task(store->close());
        store.reset();
    }
    std::string database() const { return dir.file("lanekeeper.db"); }
    /// A connection of the test's own, on the file or on a copy of it.
    void edit(const std::string& sql) const {
        sqlite::Connection connection(database(), sqlite::Access::write);
        connection.run(sql);
    }

    Result<Committed> commit(Mutation mutation) {
        mutation.at = clock.now;
        return run_task(store->commit(std::move(mutation)));
    }
    void insert(std::int64_t key) { commit(inserting(key)).value(); }
    bool has(std::int64_t key) { return run_task(store->job(key)).has_value(); }

    static Mutation inserting(std::int64_t key) {
        Mutation mutation;
        mutation.inserts.emplace_back();
        mutation.inserts[0].job = a_job(key);
        mutation.inserts[0].effects.puts.emplace_back("row", "s", std::to_string(key), json::object{{"k", key}});
        mutation.inserts[0].effects.events.emplace_back("queued", "t", json::object{{"k", key}});
        return mutation;
    }

    /// The files as a crash at this moment would leave them, in another directory.
    std::unique_ptr<TempDir> crash_copy() const {
        auto copy = std::make_unique<TempDir>();
        for (const auto& entry : std::filesystem::directory_iterator(dir.path()))
            std::filesystem::copy(entry.path(), copy->path() / entry.path().filename());
        return copy;
    }

    TempDir dir;
    SetClock clock;
    std::unique_ptr<SqliteStore> store;
};

/// A store on files that somebody left behind.
class LeftBehind {
public:
    explicit LeftBehind(const TempDir& dir) : store(dir.path().string(), clock) { run_task(store.open()); }
    ~LeftBehind() { run_task(store.close()); }
    bool has(std::int64_t key) { return run_task(store.job(key)).has_value(); }
    SetClock clock;
    SqliteStore store;
};

}  // namespace lanekeeper::testing
