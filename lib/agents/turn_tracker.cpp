#include "agents/turn_tracker.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::size_t ends_remembered = 16;

bool contains(const std::deque<std::string>& turns, const std::string& turn_id) {
    return std::find(turns.begin(), turns.end(), turn_id) != turns.end();
}

}  // namespace

bool TurnTracker::reserve(const std::string& thread_id) {
    std::lock_guard lock(mutex_);
    auto& thread = threads_[thread_id];
    if (thread.active) return false;
    thread.active.emplace();
    return true;
}

void TurnTracker::release(const std::string& thread_id) {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    if (found != threads_.end() && found->second.active && found->second.active->turn_id.empty()) found->second.active.reset();
}

void TurnTracker::begin(const std::string& thread_id, const std::string& turn_id) {
    {
        std::lock_guard lock(mutex_);
        auto& thread = threads_[thread_id];
        if (contains(thread.ended, turn_id)) {
            if (thread.active && thread.active->turn_id.empty()) thread.active.reset();
            return;
        }
        bool known = thread.active && thread.active->turn_id == turn_id;
        if (known) return;
        thread.active = Active{turn_id, false};
    }
    tell();
}

void TurnTracker::started(const std::string& thread_id, const std::string& turn_id) {
    {
        std::lock_guard lock(mutex_);
        auto& thread = threads_[thread_id];
        if (contains(thread.ended, turn_id)) return;
        thread.active = Active{turn_id, true};
    }
    tell();
}

void TurnTracker::stirred(const std::string& thread_id, const std::string& turn_id) {
    {
        std::lock_guard lock(mutex_);
        auto& thread = threads_[thread_id];
        bool other = thread.active && !thread.active->turn_id.empty() && thread.active->turn_id != turn_id;
        if (other || contains(thread.ended, turn_id)) return;
        thread.active = Active{turn_id, true};
    }
    tell();
}

bool TurnTracker::ended(const std::string& thread_id, const std::string& turn_id) {
    std::lock_guard lock(mutex_);
    auto& thread = threads_[thread_id];
    if (thread.active && thread.active->turn_id == turn_id) thread.active.reset();
    if (contains(thread.ended, turn_id)) return false;
    thread.settling = turn_id;
    thread.ended.push_back(turn_id);
    if (thread.ended.size() > ends_remembered) thread.ended.pop_front();
    return thread.waiting;
}

void TurnTracker::set_waiting(const std::string& thread_id, bool waiting) {
    std::lock_guard lock(mutex_);
    threads_[thread_id].waiting = waiting;
}

bool TurnTracker::has_waiting(const std::string& thread_id) const {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    return found != threads_.end() && found->second.waiting;
}

void TurnTracker::forget(const std::string& thread_id) {
    std::lock_guard lock(mutex_);
    threads_.erase(thread_id);
}

void TurnTracker::note_message(const std::string& thread_id, const std::string& turn_id, const std::string& message_id) {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    bool goes_on = found != threads_.end() && found->second.active && found->second.active->turn_id == turn_id;
    if (goes_on) messages_.emplace(turn_id, message_id);
}

std::vector<std::string> TurnTracker::take_messages(const std::string& turn_id) {
    std::lock_guard lock(mutex_);
    std::vector<std::string> messages;
    auto [begin, end] = messages_.equal_range(turn_id);
    for (auto it = begin; it != end; ++it) messages.push_back(std::move(it->second));
    messages_.erase(begin, end);
    return messages;
}

std::optional<TurnTracker::Active> TurnTracker::active(const std::string& thread_id) const {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    if (found == threads_.end()) return {};
    return found->second.active;
}

std::map<std::string, std::string> TurnTracker::under_way() const {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::string> turns;
    for (const auto& [thread_id, thread] : threads_)
        if (thread.active && !thread.active->turn_id.empty()) turns.emplace(thread_id, thread.active->turn_id);
    return turns;
}

bool TurnTracker::runs(const std::string& thread_id, const std::string& turn_id) const {
    auto turn = active(thread_id);
    return turn && turn->turn_id == turn_id;
}

bool TurnTracker::knows(const std::string& thread_id, const std::string& turn_id) const {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    if (found == threads_.end()) return false;
    const Thread& thread = found->second;
    return (thread.active && thread.active->turn_id == turn_id) || contains(thread.ended, turn_id);
}

std::optional<TurnTracker::Active> TurnTracker::visible(const std::string& thread_id) const {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    if (found == threads_.end()) return {};
    const Thread& thread = found->second;
    if (thread.active || thread.settling.empty()) return thread.active;
    return Active(thread.settling, true);
}

void TurnTracker::settled(const std::string& thread_id, const std::string& turn_id) {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    if (found != threads_.end() && found->second.settling == turn_id) found->second.settling.clear();
}

bool TurnTracker::is_over(const std::string& thread_id, const std::string& turn_id) const {
    std::lock_guard lock(mutex_);
    auto found = threads_.find(thread_id);
    return found != threads_.end() && contains(found->second.ended, turn_id) && found->second.settling != turn_id;
}

}  // namespace lanekeeper
