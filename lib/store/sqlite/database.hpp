#pragma once
#include "base/limits.hpp"
#include "base/time.hpp"
#include "store/sqlite/connection.hpp"

#include <memory>
#include <string>

namespace lanekeeper::sqlite {

struct DatabaseOptions {
    std::string path;
    const Clock* clock = nullptr;
    const char* vfs = nullptr;  // tests put one in between that fails
    Millis probe = limits::storage_probe;
};

/// A database of the newest schema, sound as far as a start-up may take the time to look.
struct OpenedDatabase {
    std::unique_ptr<Connection> connection;
    std::string epoch;   // made with the file, or renewed since
    std::string notice;  // for people: what was set aside
};

/// Opens, verifies and migrates for writing, or creates. A file that is not a sound database is moved aside as
/// `<name>.corrupt-<ms>`, with its WAL, and an empty one takes its place. Throws `std::runtime_error` on anything else
/// (permission, newer schema, disk).
OpenedDatabase open_database(const DatabaseOptions& options);

/// Moves the file and its WAL aside and says so, in the log and in what it returns.
std::string set_database_aside(const DatabaseOptions& options, const std::string& why);

/// Another epoch for a database that lost commits: it will give out numbers that clients have seen on other events.
/// Not left to the log that lost them. Throws `Error`.
std::string renew_epoch(Connection& connection, const Clock& clock);

/// A further handle on the same, later: verified just enough to trust it, and that it can write. Throws `Error`.
std::unique_ptr<Connection> reopen_database(const DatabaseOptions& options);

std::unique_ptr<Connection> open_for_reading(const DatabaseOptions& options);

}  // namespace lanekeeper::sqlite
