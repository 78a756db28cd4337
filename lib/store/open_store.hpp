#pragma once
#include "base/settings.hpp"
#include "store/store.hpp"

#include <memory>
#include <string>

namespace lanekeeper {

struct StoreOptions {
    StoreOptions() = default;
    StoreOptions(StoreDriver driver_, std::string data_dir_) : driver(driver_), data_dir(std::move(data_dir_)) {}
    StoreDriver driver = StoreDriver::sqlite;
    std::string data_dir = ".data";  // created 0700; held by a lock from `open` to `close`. Unused by `memory`
    const Clock* clock = nullptr;    // outlives the store; nothing: the machine's
};

/// A store that is not open yet.
std::unique_ptr<Store> make_store(StoreOptions options);

}  // namespace lanekeeper
