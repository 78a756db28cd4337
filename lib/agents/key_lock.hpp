#pragma once
#include "async/task.hpp"

#include <memory>
#include <string>

namespace lanekeeper {

/// One at a time per key, in the order of asking: for steps that read, ask the runtime and commit. Waiting suspends the
/// coroutine, not the thread. Any executor; `acquire` resumes on the caller's. Not cancellable while waiting: holders
/// are bounded by what they await.
class KeyLock {
public:
    KeyLock();
    ~KeyLock();

    /// Held until destroyed.
    class Guard {
    public:
        Guard(Guard&&) noexcept = default;
        Guard& operator=(Guard&&) = delete;
        ~Guard();

    private:
        friend class KeyLock;
        struct State;
        Guard(std::shared_ptr<void> table, std::string key) : table_(std::move(table)), key_(std::move(key)) {}
        std::shared_ptr<void> table_;
        std::string key_;
    };

    Task<Guard> acquire(std::string key);

private:
    std::shared_ptr<void> table_;
};

}  // namespace lanekeeper
