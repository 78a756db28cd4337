#include "queue/deadlines.hpp"

#include "base/test_bugs.hpp"

namespace lanekeeper {

void Deadlines::add(std::int64_t key, std::optional<WallTime> expires_at) {
    if (!expires_at || has_bug(Bug::deadline_forgotten)) return;
    bool first = false;
    {
        std::lock_guard lock(mutex_);
        auto place = open_.emplace(*expires_at, key).first;
        first = place == open_.begin();
    }
    if (first && changed) changed();
}

void Deadlines::forget(std::int64_t key, std::optional<WallTime> expires_at) {
    if (!expires_at) return;
    std::lock_guard lock(mutex_);
    open_.erase({*expires_at, key});
}

std::optional<WallTime> Deadlines::first() const {
    std::lock_guard lock(mutex_);
    if (open_.empty()) return {};
    return open_.begin()->first;
}

std::vector<std::pair<WallTime, std::int64_t>> Deadlines::due(WallTime now, std::size_t limit) const {
    std::vector<std::pair<WallTime, std::int64_t>> due;
    std::lock_guard lock(mutex_);
    for (const auto& one : open_) {
        if (one.first > now || due.size() == limit) break;
        due.push_back(one);
    }
    return due;
}

}  // namespace lanekeeper
