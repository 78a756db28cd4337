#pragma once
#include "store/rows_error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace lanekeeper::sqlite {

/// What SQLite refused. `code` is its extended result code.
class Error : public RowsError {
public:
    Error(int code_, const std::string& what) : RowsError(what), code(code_) {}
    int code;
    /// The file is not, or no longer, a sound database of ours.
    bool is_corruption() const;
    /// No room left (SQLITE_FULL and the writes that failed for it).
    bool is_full() const;
};

enum class Access { write, read };

/// One handle on a database file. Belongs to one thread at a time.
class Connection {
public:
    /// Throws `Error`. `write` creates the file when it is missing. `vfs`: null for the default one.
    Connection(const std::string& path, Access access, const char* vfs = nullptr);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Statements without parameters or rows.
    void run(const std::string& sql);
    /// The first column of the first row.
    std::int64_t number(const std::string& sql);
    std::string text(const std::string& sql);

    enum class Checkpoint { passive, truncate };
    /// Some errors end a transaction by themselves: no room, no memory, a disk that fails.
    bool in_transaction() const;
    /// Moves what it can from the WAL into the database.
    void checkpoint(Checkpoint mode);
    /// Pages that the last commit left in the WAL.
    int wal_pages() const { return wal_pages_; }

    sqlite3* handle() const { return db_; }
    [[noreturn]] void fail(int code, std::string_view doing) const;

private:
    static int after_commit(void* self, sqlite3*, const char*, int pages);
    sqlite3* db_ = nullptr;
    int wal_pages_ = 0;
};

/// A prepared statement, kept for its connection's life.
class Statement {
public:
    Statement(Connection& connection, std::string_view sql);
    ~Statement();
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    sqlite3_stmt* handle() const { return statement_; }
    Connection& connection() const { return *connection_; }

private:
    Connection* connection_;
    sqlite3_stmt* statement_ = nullptr;
};

}  // namespace lanekeeper::sqlite
