#include "store/stats.hpp"

namespace lanekeeper {

void StatsRecorder::committed(double seconds, std::size_t mutations) {
    std::lock_guard lock(mutex_);
    ++stats_.commits;
    stats_.mutations += std::int64_t(mutations);
    last_ms_ = seconds * 1000;
    if (stats_.commit_seconds.size() >= kept) return;
    stats_.commit_seconds.push_back(seconds);
    stats_.batch_sizes.push_back(int(mutations));
}

StoreStats StatsRecorder::take() {
    std::lock_guard lock(mutex_);
    StoreStats taken = stats_;
    stats_.commit_seconds.clear();
    stats_.batch_sizes.clear();
    return taken;
}

std::optional<double> StatsRecorder::last_commit_ms() const {
    std::lock_guard lock(mutex_);
    return last_ms_;
}

}  // namespace lanekeeper
