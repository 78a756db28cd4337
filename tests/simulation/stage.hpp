#pragma once
#include "runtime/runtime.hpp"
#include "simulation/referee.hpp"

namespace lanekeeper::simulation {

/// What the simulated runners of one process share: who watches them, and what the runtime has said of its turns.
class Stage {
public:
    explicit Stage(Referee& referee) : referee_(referee) {}

    void begins(const Job& job) { referee_.run_begins(job); }
    /// Hears the runtime's notices, doubled or out of order as they come.
    void hear(const RuntimeNotice& notice);
    /// How a turn ended, if its end was told.
    std::optional<TurnStatus> ended(const std::string& turn_id) const;

private:
    Referee& referee_;
    std::map<std::string, TurnStatus> ended_;
};

}  // namespace lanekeeper::simulation
