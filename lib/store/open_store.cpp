#include "store/open_store.hpp"

#include "store/json/json_store.hpp"
#include "store/memory/memory_store.hpp"
#include "store/sqlite/sqlite_store.hpp"

#include <stdexcept>

namespace lanekeeper {
namespace {

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

}  // namespace

std::unique_ptr<Store> make_store(StoreOptions options) {
    const Clock& clock = options.clock ? *options.clock : system_clock();
    switch (options.driver) {
        case StoreDriver::memory: return std::make_unique<MemoryStore>(clock);
        case StoreDriver::sqlite: return std::make_unique<SqliteStore>(options.data_dir, clock);
        case StoreDriver::json: return std::make_unique<JsonStore>(options.data_dir, clock);
    }
    throw std::logic_error("no such store driver");
}

}  // namespace lanekeeper
