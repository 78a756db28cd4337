#pragma once
#include "base/time.hpp"
#include "store/sqlite/connection.hpp"

#include <string>

namespace lanekeeper::sqlite {

/// Takes over what `<file>` (the json driver's, or that of another implementation of the mission) holds, if this
/// database was never used, and renames it to `<file>.imported-<ms>`. All or nothing. Returns words for people about what
/// could not be read, if anything. Throws `std::runtime_error` when the file is of a newer version, `Error` on trouble
/// with the database.
std::string import_once(Connection& connection, const std::string& file, const Clock& clock);

}  // namespace lanekeeper::sqlite
