// slot_at_most_once: each slot of a schedule, and each run by hand, is one job for ever. slot_not_early: none before its
// time (jobs-family.md, Schedules).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class Slots final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (!change.before && change.after.dedupe_key && change.after.dedupe_key->starts_with("schedule:"))
                look_at_slot(change.after, commit.wall);
    }

private:
    void look_at_slot(const Job& job, WallTime wall) {
        const auto& key = *job.dedupe_key;
        referee_.count(key.find(":manual:") == std::string::npos ? "slot served" : "schedule run by hand");
        if (!seen_.insert(key).second) broken("slot_at_most_once", "{} is a second job of {}", name(job), key);
        auto slot = parse_iso(key.substr(key.find(':', key.find(':') + 1) + 1));
        if (slot && *slot > wall) broken("slot_not_early", "{} came before its time, {}", name(job), key);
    }

    std::set<std::string> seen_;
};

}  // namespace

std::unique_ptr<Invariant> slots(Referee& referee) { return std::make_unique<Slots>(referee); }

}  // namespace lanekeeper::simulation
