#include "queue/remote/worker_roll.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace lanekeeper {

WorkerRoll::Entry& WorkerRoll::entry(const std::string& id) {
    auto known = entries_.find(id);
    if (known != entries_.end()) return known->second;
    if (entries_.size() >= limits::workers_remembered) {
        auto earlier = [](const auto& a, const auto& b) { return a.second.heard_at < b.second.heard_at; };
        entries_.erase(std::min_element(entries_.begin(), entries_.end(), earlier));
    }
    return entries_[id];
}

void WorkerRoll::heard(const std::string& id, WallTime now) { entry(id).heard_at = now; }

void WorkerRoll::claims(const std::string& id, std::vector<std::string> types, WallTime now) {
    auto& known = entry(id);
    known.types = std::move(types);
    known.heard_at = now;
}

}  // namespace lanekeeper
