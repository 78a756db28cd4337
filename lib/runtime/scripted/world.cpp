#include "runtime/scripted/scripted_runtime.hpp"

#include <algorithm>

namespace lanekeeper::scripted {

int World::starts_of(const std::string& client_message_id) const {
    auto found = starts_by_client.find(client_message_id);
    return found == starts_by_client.end() ? 0 : found->second;
}

std::shared_ptr<PlayedTurn> World::find(const std::string& turn_id) const {
    for (const auto& turn : turns)
        if (turn->view.turn_id == turn_id) return turn;
    return nullptr;
}

std::shared_ptr<PlayedTurn> World::active_in(const std::string& thread_id) const {
    for (const auto& turn : turns)
        if (turn->thread_id == thread_id && turn->active()) return turn;
    return nullptr;
}

std::size_t World::active() const {
    return std::size_t(std::count_if(turns.begin(), turns.end(), [](const auto& turn) { return turn->active(); }));
}

void World::lose_running() {
    for (const auto& turn : turns) {
        if (!turn->active()) continue;
        turn->lost = true;
        switch (turn->script.after_death) {
            case TurnScript::AfterDeath::interrupted: turn->view.status = TurnStatus::interrupted; break;
            case TurnScript::AfterDeath::absent: turn->absent = true; break;
            case TurnScript::AfterDeath::completed:
                turn->view.status = TurnStatus::completed;
                turn->view.text = turn->script.text;
                break;
        }
    }
}

}  // namespace lanekeeper::scripted
