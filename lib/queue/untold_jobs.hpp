#pragma once
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace lanekeeper {

/// Jobs that an earlier life of the daemon ran, and of whose turns the runtime could not tell yet when this one started:
/// they stay running, and nothing else runs in their lanes, until it tells. Any thread.
class UntoldJobs {
public:
    void add(std::int64_t key, std::string owner) {
        std::lock_guard lock(mutex_);
        owners_.emplace(key, std::move(owner));
        any_ = true;
    }
    void remove(std::int64_t key) {
        std::lock_guard lock(mutex_);
        owners_.erase(key);
        any_ = !owners_.empty();
    }
    bool has(std::int64_t key) const {
        std::lock_guard lock(mutex_);
        return owners_.contains(key);
    }
    bool hold_up(const std::string& owner) const {
        if (!any_) return false;
        std::lock_guard lock(mutex_);
        for (const auto& known : owners_)
            if (known.second == owner) return true;
        return false;
    }
    std::vector<std::int64_t> keys() const {
        std::lock_guard lock(mutex_);
        std::vector<std::int64_t> keys;
        for (const auto& known : owners_) keys.push_back(known.first);
        return keys;
    }

private:
    mutable std::mutex mutex_;
    std::map<std::int64_t, std::string> owners_;
    std::atomic<bool> any_{false};  // most of the time there are none
};

}  // namespace lanekeeper
