#pragma once
#include "async/reply.hpp"

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace lanekeeper {

/// One holder at a time per key, in the order of asking: for steps that read, ask the runtime and commit. Waiting
/// suspends the coroutine, not the thread. Any executor; `acquire` resumes on the caller's and is not cancellable:
/// holders are bounded by what they await.
class KeyLock {
    struct Table;

public:
    KeyLock();

    /// Held until destroyed.
    class Guard {
    public:
        Guard(std::shared_ptr<Table> table, std::string key) : table_(std::move(table)), key_(std::move(key)) {}
        Guard(Guard&&) noexcept = default;
        Guard& operator=(Guard&&) = delete;
        ~Guard();

    private:
        std::shared_ptr<Table> table_;
        std::string key_;
    };

    Task<Guard> acquire(std::string key);

private:
    using Turn = std::shared_ptr<Reply<bool>>;
    struct Table {
        std::mutex mutex;
        std::map<std::string, std::deque<Turn>> lines;  // a key that is held; who waits for it
        void enter(const std::string& key, const Turn& turn);
        void leave(const std::string& key);
    };
    std::shared_ptr<Table> table_;
};

}  // namespace lanekeeper
