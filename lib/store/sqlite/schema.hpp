#pragma once
#include "store/sqlite/connection.hpp"

#include <string>
#include <vector>

namespace lanekeeper::sqlite {

/// Step n brings a database from version n to n + 1 (`PRAGMA user_version`). Steps are only ever added.
const std::vector<std::string>& migrations();

/// Brings the database to the newest version. Throws `std::runtime_error` naming both versions on a newer one, which is
/// left as it is.
void migrate(Connection& connection, const std::string& path);

}  // namespace lanekeeper::sqlite
