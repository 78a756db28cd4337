#pragma once
#include <stdexcept>

namespace lanekeeper {

/// Rows that could not be read. Drivers' errors derive from it; callers of the store hear `StorageUnavailable`.
class RowsError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace lanekeeper
