#pragma once
#include "store/store.hpp"

#include <cstddef>
#include <mutex>

namespace lanekeeper {

/// Collects `StoreStats` between two looks at them. Any thread.
class StatsRecorder {
public:
    void committed(double seconds, std::size_t mutations);
    StoreStats take();
    std::optional<double> last_commit_ms() const;

private:
    static constexpr std::size_t kept = 4096;  // samples between two looks; later ones are only counted
    mutable std::mutex mutex_;
    StoreStats stats_;
    std::optional<double> last_ms_;
};

}  // namespace lanekeeper
