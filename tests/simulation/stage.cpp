#include "simulation/stage.hpp"

namespace lanekeeper::simulation {

void Stage::hear(const RuntimeNotice& notice) {
    if (notice.method != "turn/completed") return;
    const auto& turn = notice.params.at("turn").as_object();
    auto status = turn.at("status").as_string();
    for (auto known : {TurnStatus::completed, TurnStatus::interrupted, TurnStatus::failed})
        if (status == to_word(known)) ended_[std::string(turn.at("id").as_string())] = known;
}

std::optional<TurnStatus> Stage::ended(const std::string& turn_id) const {
    auto found = ended_.find(turn_id);
    if (found == ended_.end()) return {};
    return found->second;
}

}  // namespace lanekeeper::simulation
