#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper {

/// Who has a turn under way: one a thread, which is ours to enforce (runtime.md 2). Told by those who start turns and by
/// the runtime's notices, in whatever order the two come. From memory, any thread.
class TurnTracker {
public:
    /// A turn of our runtime. `turn_id` is empty while its start is still being asked for.
    struct Active {
        Active() {}  // not defaulted: optional<Active> is asked for while the class is incomplete
        Active(std::string id, bool seen) : turn_id(std::move(id)), started(seen) {}
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
    /// Something of that turn was heard, and not that it began: it is under way, unless it has ended or another one is.
    void stirred(const std::string& thread_id, const std::string& turn_id);
    /// True when messages wait for the thread (`set_waiting`).
    bool ended(const std::string& thread_id, const std::string& turn_id);
    void set_waiting(const std::string& thread_id, bool waiting);
    bool has_waiting(const std::string& thread_id) const;
    void forget(const std::string& thread_id);

    /// The turn under way was given this message; nothing happens when it has ended.
    void note_message(const std::string& thread_id, const std::string& turn_id, const std::string& message_id);
    /// What a turn was given; asked once, when its rows are written.
    std::vector<std::string> take_messages(const std::string& turn_id);

    std::optional<Active> active(const std::string& thread_id) const;
    /// By thread, the turns that are known by an id and have not ended.
    std::map<std::string, std::string> under_way() const;
    /// Called where a turn gets under way, on the thread that says so. Set before there is any.
    void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }
    bool runs(const std::string& thread_id, const std::string& turn_id) const;
    /// It runs, or did a moment ago: the store may not know of it yet.
    bool knows(const std::string& thread_id, const std::string& turn_id) const;

    /// For readers a turn goes on until its last rows are written: `settled` says that they are.
    std::optional<Active> visible(const std::string& thread_id) const;
    void settled(const std::string& thread_id, const std::string& turn_id);
    /// It ended lately, and its last rows are written: what is heard of it now comes late.
    bool is_over(const std::string& thread_id, const std::string& turn_id) const;

    /// Gives a reservation back unless its turn began.
    class Reservation {
    public:
        Reservation(TurnTracker& tracker, std::string thread_id) : tracker_(tracker), thread_id_(std::move(thread_id)) {}
        Reservation(const Reservation&) = delete;
        Reservation& operator=(const Reservation&) = delete;
        ~Reservation() { tracker_.release(thread_id_); }

    private:
        TurnTracker& tracker_;
        std::string thread_id_;
    };

private:
    void tell() const {
        if (listener_) listener_();
    }

    struct Thread {
        std::optional<Active> active;
        bool waiting = false;
        std::string settling;           // ended, its rows not yet written; empty: none
        std::deque<std::string> ended;  // the last few: an end may come before the answer to the start
    };
    mutable std::mutex mutex_;
    std::map<std::string, Thread> threads_;
    std::multimap<std::string, std::string> messages_;  // by turn
    std::function<void()> listener_;
};

}  // namespace lanekeeper
