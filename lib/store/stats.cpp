#include "store/stats.hpp"

namespace lanekeeper {

void StatsRecorder::committed(double seconds, std::size_t mutations) {
    std::lock_guard lock(mutex_);
    ++stats_.commits;
    stats_.mutations += std::int64_t(mutations);
    stats_.commit_seconds.observe(seconds);
    stats_.batch_sizes.observe(double(mutations));
    last_ms_ = seconds * 1000;
}

StoreStats StatsRecorder::get() const {
    std::lock_guard lock(mutex_);
    return stats_;
}

std::optional<double> StatsRecorder::last_commit_ms() const {
    std::lock_guard lock(mutex_);
    return last_ms_;
}

}  // namespace lanekeeper
