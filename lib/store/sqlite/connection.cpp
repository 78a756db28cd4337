#include "store/sqlite/connection.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace lanekeeper::sqlite {
namespace {

constexpr int busy_ms = 5000;  // only the other handle of this process can be in the way, and never for long

}  // namespace

bool Error::is_corruption() const {
    int primary = code & 0xff;
    return primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || primary == SQLITE_FORMAT;
}

bool Error::is_full() const { return (code & 0xff) == SQLITE_FULL; }

Connection::Connection(const std::string& path, Access access, const char* vfs) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    flags |= access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    int code = sqlite3_open_v2(path.c_str(), &db_, flags, vfs);
    if (code != SQLITE_OK) {
        auto what = fmt::format("cannot open {}: {}", path, db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code));
        sqlite3_close(std::exchange(db_, nullptr));
        throw Error(code, what);
    }
    sqlite3_busy_timeout(db_, busy_ms);
    // Takes the place of automatic checkpoints. PRAGMA wal_autocheckpoint would take its place in turn.
    sqlite3_wal_hook(db_, &Connection::after_commit, this);
}

Connection::~Connection() { sqlite3_close(db_); }

int Connection::after_commit(void* self, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(self)->wal_pages_ = pages;
    return SQLITE_OK;
}

void Connection::fail(int code, std::string_view doing) const {
    throw Error(code, fmt::format("{}: {} (sqlite {})", doing, sqlite3_errmsg(db_), code));
}

void Connection::run(const std::string& sql) {
    int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) fail(code, std::string_view(sql).substr(0, 60));
}

std::int64_t Connection::number(const std::string& sql) {
    Statement statement(*this, sql);
    int code = sqlite3_step(statement.handle());
    if (code == SQLITE_ROW) return sqlite3_column_int64(statement.handle(), 0);
    if (code == SQLITE_DONE) return 0;
    fail(code, sql);
}

std::string Connection::text(const std::string& sql) {
    Statement statement(*this, sql);
    int code = sqlite3_step(statement.handle());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) fail(code, sql);
    auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement.handle(), 0));
    return text ? std::string(text, std::size_t(sqlite3_column_bytes(statement.handle(), 0))) : std::string();
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(db_) == 0; }

void Connection::checkpoint(Checkpoint mode) {
    int how = mode == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int code = sqlite3_wal_checkpoint_v2(db_, nullptr, how, nullptr, nullptr);
    if (code == SQLITE_OK) wal_pages_ = 0;
    else if ((code & 0xff) != SQLITE_BUSY) fail(code, "checkpoint");
}

Statement::Statement(Connection& connection, std::string_view sql) : connection_(&connection) {
    int code = sqlite3_prepare_v3(connection.handle(), sql.data(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
    if (code != SQLITE_OK) connection.fail(code, sql.substr(0, 60));
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}

}  // namespace lanekeeper::sqlite
