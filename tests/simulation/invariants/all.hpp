#pragma once
#include "simulation/invariants/invariant.hpp"

namespace lanekeeper::simulation {

std::unique_ptr<Invariant> transitions(Referee& referee);
std::unique_ptr<Invariant> attempts(Referee& referee);
std::unique_ptr<Invariant> cancels(Referee& referee);
std::unique_ptr<Invariant> one_run_a_lane(Referee& referee);
std::unique_ptr<Invariant> effects(Referee& referee);
std::unique_ptr<Invariant> dedupe(Referee& referee);
std::unique_ptr<Invariant> news(Referee& referee);
std::unique_ptr<Invariant> capacity(Referee& referee);
std::unique_ptr<Invariant> placeholders(Referee& referee);
std::unique_ptr<Invariant> lane_fairness(Referee& referee);
std::unique_ptr<Invariant> slot_fairness(Referee& referee);
std::unique_ptr<Invariant> punctuality(Referee& referee);
std::unique_ptr<Invariant> resting(Referee& referee);
std::unique_ptr<Invariant> bounded(Referee& referee);
std::unique_ptr<Invariant> dependencies(Referee& referee);
std::unique_ptr<Invariant> pool_order(Referee& referee);
std::unique_ptr<Invariant> pool_workers(Referee& referee);
std::unique_ptr<Invariant> pool_punctuality(Referee& referee);
std::unique_ptr<Invariant> graphs(Referee& referee);
std::unique_ptr<Invariant> workflows(Referee& referee);
std::unique_ptr<Invariant> deadlines(Referee& referee);
std::unique_ptr<Invariant> leases(Referee& referee);
std::unique_ptr<Invariant> slots(Referee& referee);

/// Every promise there is.
std::vector<std::unique_ptr<Invariant>> all_invariants(Referee& referee);

}  // namespace lanekeeper::simulation
