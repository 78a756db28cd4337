#pragma once
#include "job/job.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace lanekeeper {

/// The open jobs that have an `expiresAt`, by it (jobs-family.md, Retry and expiry). Any thread.
class Deadlines {
public:
    /// Called, on the caller's thread, when the first of them may have changed. Set before anything is added.
    std::function<void()> changed;

    void add(std::int64_t key, std::optional<WallTime> expires_at);
    void forget(std::int64_t key, std::optional<WallTime> expires_at);
    std::optional<WallTime> first() const;
    /// Those whose time has come, the earliest first; at most `limit`.
    std::vector<std::pair<WallTime, std::int64_t>> due(WallTime now, std::size_t limit) const;

private:
    mutable std::mutex mutex_;
    std::set<std::pair<WallTime, std::int64_t>> open_;
};

}  // namespace lanekeeper
