#include "runtime/builtin/turn_memory.hpp"

#include <algorithm>

namespace lanekeeper::builtin {
namespace {

std::size_t bytes_of(const Turn& turn) {
    auto bytes = turn.request.text.size() + turn.steered.size();
    for (const auto& item : turn.items) bytes += json::serialize(item).size();
    return bytes;
}

}  // namespace

void TurnMemory::add(std::shared_ptr<Turn> turn) {
    active_[turn->thread_id] = turn->view.turn_id;
    auto id = turn->view.turn_id;
    turns_[id] = std::move(turn);
}

void TurnMemory::ended(const Turn& turn) {
    active_.erase(turn.thread_id);
    ended_.push_back(Ended{turn.view.turn_id, bytes_of(turn)});
    bytes_ += ended_.back().bytes;
    while (ended_.size() > kept_turns || (bytes_ > kept_bytes && ended_.size() > kept_anyway)) forget(ended_.front().turn_id);
}

std::shared_ptr<Turn> TurnMemory::find(const std::string& turn_id) const {
    auto found = turns_.find(turn_id);
    return found == turns_.end() ? nullptr : found->second;
}

std::shared_ptr<Turn> TurnMemory::active_in(const std::string& thread_id) const {
    auto found = active_.find(thread_id);
    return found == active_.end() ? nullptr : find(found->second);
}

void TurnMemory::forget_thread(const std::string& thread_id) { revert(thread_id, int(ended_.size())); }

void TurnMemory::revert(const std::string& thread_id, int turns) {
    auto ids = ended_;
    for (auto id = ids.rbegin(); id != ids.rend() && turns > 0; ++id) {
        if (turns_.at(id->turn_id)->thread_id != thread_id) continue;
        forget(id->turn_id);
        --turns;
    }
}

void TurnMemory::forget(const std::string& turn_id) {
    auto id = turn_id;  // it may live in what is erased
    turns_.erase(id);
    auto gone = std::ranges::find(ended_, id, &Ended::turn_id);
    bytes_ -= gone->bytes;
    ended_.erase(gone);
}

}  // namespace lanekeeper::builtin
