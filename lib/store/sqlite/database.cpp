#include "store/sqlite/database.hpp"

#include "base/ids.hpp"
#include "base/log.hpp"
#include "store/data_dir.hpp"
#include "store/sqlite/query.hpp"
#include "store/sqlite/schema.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

namespace lanekeeper::sqlite {
namespace {

namespace fs = std::filesystem;

// After a crash a small file is checked page by page; a large one would keep the start waiting, and its tables are
// looked at from both ends instead.
constexpr std::uintmax_t checked_whole = 64u << 20;

std::uintmax_t size_of(const std::string& path) {
    std::error_code missing;
    auto size = fs::file_size(path, missing);
    return missing ? 0 : size;
}

// Checkpoints are made by the writer when nobody waits: the connection's commit hook stands where SQLite's own would.
void configure(Connection& connection) {
    auto mode = connection.text("PRAGMA journal_mode = WAL");
    if (mode != "wal") throw Error(SQLITE_CANTOPEN, "the database cannot use a write-ahead log (mode " + mode + ")");
    connection.run("PRAGMA synchronous = FULL");
    connection.run("PRAGMA journal_size_limit = 16777216");
    connection.run("PRAGMA cache_size = -16000");
    connection.run("PRAGMA temp_store = MEMORY");
}

void look_at_both_ends(Statements& statements) {
    Query rows(statements, Sql::both_ends);
    while (rows.step()) {}
}

void verify(Connection& connection, bool whole) {
    Statements statements(connection);
    statements.prepare_all();
    look_at_both_ends(statements);
    if (!whole) return;
    auto verdict = connection.text("PRAGMA quick_check(1)");
    if (verdict != "ok") throw Error(SQLITE_CORRUPT, "quick_check: " + verdict);
}

std::string make_epoch(Connection& connection, const Clock& clock) {
    SystemRandom random;
    auto epoch = new_id("epoch", clock.wall(), random);
    Statements statements(connection);
    Query(statements, Sql::save_epoch).bind(epoch).run();
    return epoch;
}

std::string epoch_of(Connection& connection, const Clock& clock) {
    {
        Statements statements(connection);
        Query epoch(statements, Sql::epoch);
        if (epoch.step()) return epoch.text(0);
    }
    return make_epoch(connection, clock);
}

OpenedDatabase open_once(const DatabaseOptions& options) {
    bool whole = size_of(options.path + "-wal") > 0 && size_of(options.path) <= checked_whole;
    OpenedDatabase opened;
    opened.connection = std::make_unique<Connection>(options.path, Access::write, options.vfs);
    auto& connection = *opened.connection;
    connection.number("PRAGMA schema_version");  // the first look at the file
    migrate(connection, options.path);
    opened.epoch = epoch_of(connection, *options.clock);  // a new file has no log yet that could lose it
    configure(connection);
    verify(connection, whole);
    return opened;
}

// A file of ours without our tables is as good as garbled.
bool is_unsound(const Error& error) { return error.is_corruption() || (error.code & 0xff) == SQLITE_ERROR; }

}  // namespace

std::string set_database_aside(const DatabaseOptions& options, const std::string& why) {
    auto now = to_ms(options.clock->wall());
    auto target = move_aside(options.path, "corrupt", now);
    for (const char* suffix : {"-wal", "-shm"}) {
        std::error_code missing;
        fs::rename(options.path + suffix, target + suffix, missing);
    }
    log_error("database set aside", {{"path", options.path}, {"movedTo", target}, {"why", why}});
    return fmt::format("{} did not verify ({}); it is now {}, and the store started empty", options.path, why, target);
}

OpenedDatabase open_database(const DatabaseOptions& options) {
    std::string notice;
    try {
        return open_once(options);
    } catch (const Error& error) {
        if (!is_unsound(error)) throw;
        notice = set_database_aside(options, error.what());
    }
    auto opened = open_once(options);
    opened.notice = std::move(notice);
    return opened;
}

std::string renew_epoch(Connection& connection, const Clock& clock) {
    auto epoch = make_epoch(connection, clock);
    connection.checkpoint(Connection::Checkpoint::truncate);
    return epoch;
}

std::unique_ptr<Connection> reopen_database(const DatabaseOptions& options) {
    auto connection = std::make_unique<Connection>(options.path, Access::write, options.vfs);
    configure(*connection);
    verify(*connection, false);
    // Also writes over what a failed commit may have left in the WAL.
    connection->run("BEGIN IMMEDIATE");
    Statements statements(*connection);
    Query(statements, Sql::count_commit).run();
    connection->run("COMMIT");
    return connection;
}

std::unique_ptr<Connection> open_for_reading(const DatabaseOptions& options) {
    auto connection = std::make_unique<Connection>(options.path, Access::read, options.vfs);
    connection->run("PRAGMA cache_size = -8000");
    connection->run("PRAGMA query_only = 1");
    return connection;
}

}  // namespace lanekeeper::sqlite
