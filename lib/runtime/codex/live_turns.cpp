#include "runtime/codex/live_turns.hpp"

namespace lanekeeper::codex {

bool LiveTurns::reserve(const std::string& thread_id) { return turns_.try_emplace(thread_id).second; }

void LiveTurns::release(const std::string& thread_id) {
    auto found = turns_.find(thread_id);
    if (found != turns_.end() && found->second.id.empty()) turns_.erase(found);
}

void LiveTurns::begin(const std::string& thread_id, const std::string& turn_id) {
    if (has_ended(turn_id)) return release(thread_id);
    auto& turn = turns_[thread_id];
    if (turn.id.empty()) turn.id = turn_id;
}

bool LiveTurns::started(const std::string& thread_id, const std::string& turn_id, const std::string& inner) {
    if (has_ended(turn_id)) return false;
    auto& turn = turns_[thread_id];
    bool same = turn.id.empty() || turn.id == turn_id;
    if (!same) turn = Turn();
    turn.id = turn_id;
    turn.inner = inner;
    turn.started = true;
    return std::exchange(turn.to_be_interrupted, false);
}

bool LiveTurns::stirred(const std::string& thread_id, const std::string& turn_id, bool before_end) {
    if (turn_id.empty() || has_ended(turn_id)) return false;
    if (!before_end && !runs(thread_id, turn_id)) return false;
    auto& turn = turns_[thread_id];
    if (turn.id.empty()) turn.id = turn_id;
    if (turn.id != turn_id || turn.started) return false;
    turn.started = true;
    return std::exchange(turn.to_be_interrupted, false);
}

void LiveTurns::ended(const std::string& thread_id, const std::string& turn_id) {
    ended_.add(turn_id);
    auto found = turns_.find(thread_id);
    if (found != turns_.end() && found->second.id == turn_id) turns_.erase(found);
}

void LiveTurns::goes_on(const std::string& thread_id, const std::string& turn_id) {
    ended_.remove(turn_id);
    auto [turn, fresh] = turns_.try_emplace(thread_id);
    if (!fresh) return;
    turn->second.id = turn_id;
    turn->second.started = true;
}

LiveTurns::Interrupt LiveTurns::interrupt(const std::string& thread_id, const std::string& turn_id) {
    auto found = turns_.find(thread_id);
    if (found == turns_.end() || found->second.id != turn_id) return Interrupt::not_active;
    if (found->second.started) return Interrupt::ask;
    found->second.to_be_interrupted = true;
    return Interrupt::remembered;
}

std::optional<LiveTurns::Turn> LiveTurns::find(const std::string& thread_id) const {
    auto found = turns_.find(thread_id);
    if (found == turns_.end()) return {};
    return found->second;
}

bool LiveTurns::runs(const std::string& thread_id, const std::string& turn_id) const {
    auto found = turns_.find(thread_id);
    return found != turns_.end() && found->second.id == turn_id;
}

std::string LiveTurns::interruptible_id(const std::string& thread_id, const std::string& turn_id) const {
    auto found = turns_.find(thread_id);
    bool inside = found != turns_.end() && found->second.id == turn_id && !found->second.inner.empty();
    return inside ? found->second.inner : turn_id;
}

std::vector<std::pair<std::string, std::string>> LiveTurns::lose_all() {
    std::vector<std::pair<std::string, std::string>> lost;
    for (const auto& [thread_id, turn] : turns_)
        if (!turn.id.empty()) lost.emplace_back(thread_id, turn.id);
    turns_.clear();
    return lost;
}

}  // namespace lanekeeper::codex
