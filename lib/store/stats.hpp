#pragma once
#include "store/store.hpp"

#include <cstddef>
#include <mutex>

namespace lanekeeper {

/// Keeps `StoreStats`. Any thread.
class StatsRecorder {
public:
    void committed(double seconds, std::size_t mutations);
    StoreStats get() const;
    std::optional<double> last_commit_ms() const;

private:
    mutable std::mutex mutex_;
    StoreStats stats_;
    std::optional<double> last_ms_;
};

}  // namespace lanekeeper
