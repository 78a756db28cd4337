#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace lanekeeper {

/// Who has a turn under way: one a thread, which is ours to enforce (runtime.md 2). Told by those who start turns and by
/// the runtime's notices, in whatever order the two come. From memory, any thread.
class TurnTracker {
public:
    /// A turn of our runtime. `turn_id` is empty while its start is still being asked for.
    struct Active {
        std::string turn_id;
        bool started = false;  // `turn/started` was seen: interruptible
    };

    /// Takes the thread for a turn that is about to be asked for; false when it has one.
    bool reserve(const std::string& thread_id);
    /// The start was refused.
    void release(const std::string& thread_id);
    /// The start was answered. Nothing happens when that turn has ended meanwhile.
    void begin(const std::string& thread_id, const std::string& turn_id);

    void started(const std::string& thread_id, const std::string& turn_id);
    void ended(const std::string& thread_id, const std::string& turn_id);
    void forget(const std::string& thread_id);

    std::optional<Active> active(const std::string& thread_id) const;
    bool runs(const std::string& thread_id, const std::string& turn_id) const;

private:
    struct Thread {
        std::optional<Active> active;
        std::deque<std::string> ended;  // the last few: an end may come before the answer to the start
    };
    mutable std::mutex mutex_;
    std::map<std::string, Thread> threads_;
};

}  // namespace lanekeeper
