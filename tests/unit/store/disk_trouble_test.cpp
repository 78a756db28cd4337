#include "unit/store/sqlite_support.hpp"

#include <set>

using namespace lanekeeper;
using namespace lanekeeper::testing;

namespace {

struct Outcome {
    std::set<std::int64_t> acknowledged;
    std::set<std::int64_t> failed;
};

void try_insert(SqliteFixture& s, std::int64_t key, Outcome& outcome) {
    try {
        s.insert(key);
        outcome.acknowledged.insert(key);
    } catch (const StorageUnavailable&) {
        outcome.failed.insert(key);
    }
}

template <class Has, class Store>
void require_exactly(Has has, Store& store, const Outcome& outcome) {
    for (auto key : outcome.acknowledged) CHECK(has(key));
    for (auto key : outcome.failed) CHECK(!has(key));
    CHECK(store.counts().by_state[JobState::queued] == std::int64_t(outcome.acknowledged.size()));
    CHECK(run_task(store.records("row", "s", 0, 1000)).size() == outcome.acknowledged.size());
    auto events = run_task(store.events(0, INT64_MAX, EventFilter(), 1000)).events;
    REQUIRE(events.size() == outcome.acknowledged.size());
    for (std::size_t i = 0; i < events.size(); ++i) CHECK(events[i].seq == std::int64_t(i) + 1);
}

void fail_and_heal(SqliteFixture& s, Outcome& outcome) {
    for (std::int64_t key = 4; key <= 9; ++key) try_insert(s, key, outcome);
    if (FaultyDisk::get().has_failed()) {
        CHECK(!s.store->health().ok);
        CHECK(!s.store->health().problem.empty());
    }
    CHECK(s.has(1));  // reads go on
    FaultyDisk::get().heal();
    for (std::int64_t key = 10; key <= 12; ++key) try_insert(s, key, outcome);
}

}  // namespace

TEST_CASE("a disk that fails at any write or sync loses nothing acknowledged and halves nothing") {
    configure_log(LogLevel::error, LogFormat::text);
    auto code = GENERATE(SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC);
    int last = 0;
    for (int nth = 1; nth <= 400; nth += nth < 20 ? 1 : 7) {
        CAPTURE(code, nth);
        SqliteFixture s;
        Outcome outcome;
        for (std::int64_t key = 1; key <= 3; ++key) try_insert(s, key, outcome);
        REQUIRE(outcome.failed.empty());
        if (code == SQLITE_IOERR_FSYNC) FaultyDisk::get().fail_syncs_from(nth, code);
        else FaultyDisk::get().fail_from(nth, code);
        fail_and_heal(s, outcome);
        bool failed = !outcome.failed.empty();
        for (std::int64_t key = 10; key <= 12; ++key) CHECK(outcome.acknowledged.contains(key));
        CHECK(s.store->health().ok);
        require_exactly([&](auto key) { return s.has(key); }, *s.store, outcome);
        {
            auto copy = s.crash_copy();
            LeftBehind found(*copy);
            require_exactly([&](auto key) { return found.has(key); }, found.store, outcome);
            CHECK(found.store.health().notice.empty());
        }
        s.close();
        s.open();
        require_exactly([&](auto key) { return s.has(key); }, *s.store, outcome);
        if (!failed) break;  // it failed after our last commit: nothing more to see
        last = nth;
    }
    CHECK(last >= 3);
    CHECK(last < 300);
}

TEST_CASE("everybody in a batch that fails is told, and capacity is given back") {
    configure_log(LogLevel::error, LogFormat::text);
    SqliteFixture s;
    auto limited = [](std::int64_t key) {
        auto mutation = SqliteFixture::inserting(key);
        mutation.inserts[0].capacity = Capacity{2, 2};
        return mutation;
    };
    s.commit(limited(1)).value();
    FaultyDisk::get().fail_from(1, SQLITE_FULL);
    CHECK_THROWS_AS(s.commit(limited(2)), StorageUnavailable);
    CHECK_THROWS_AS(s.commit(limited(3)), StorageUnavailable);
    CHECK_THROWS_AS(run_task(s.store->retain(RetentionRules(), s.clock.now)), StorageUnavailable);
    FaultyDisk::get().heal();
    s.commit(limited(4)).value();
    CHECK(s.commit(limited(5)).error().code == "queue_full");
}

TEST_CASE("a store that nobody asks finds by itself that the disk is back") {
    configure_log(LogLevel::error, LogFormat::text);
    SqliteFixture s;
    FaultyDisk::get().fail_from(1, SQLITE_FULL);
    CHECK_THROWS_AS(s.insert(1), StorageUnavailable);
    CHECK(!s.store->health().ok);
    FaultyDisk::get().heal();
    while (!s.store->health().ok) {}
    s.insert(1);
}

TEST_CASE("a checkpoint that fails costs no commit") {
    configure_log(LogLevel::error, LogFormat::text);
    SqliteFixture s;
    Outcome outcome;
    for (std::int64_t key = 1; key <= 1200; ++key) try_insert(s, key, outcome);
    CHECK(outcome.failed.empty());
    FaultyDisk::get().fail_from(1, SQLITE_IOERR_WRITE);
    s.close();  // its checkpoint fails
    FaultyDisk::get().heal();
    s.open();
    CHECK(s.has(1));
    CHECK(s.has(1200));
    CHECK(s.store->counts().by_state[JobState::queued] == 1200);
}
