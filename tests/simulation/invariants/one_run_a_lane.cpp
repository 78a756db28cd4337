// one_live_run_per_lane: of each owner's jobs at most one is running; a runner begins only after its durable start, and
// never twice with the same run (queue.md 2, 3).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class OneRunALane final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            if (change.after.in_pool()) continue;
            const auto& lane = book().lanes().at(change.after.owner);
            if (lane.running.size() > 1)
                broken("one_live_run_per_lane", "{} jobs of {} run at once", lane.running.size(), change.after.owner);
        }
    }

    void run_begins(const Job& job) override {
        const auto* entry = book().find(job.key);
        if (!entry || entry->job.run != job.run)
            broken("one_live_run_per_lane", "{} runs as run {} before that start was committed", name(job), job.run);
        if (!begun_.emplace(job.key, job.run).second)
            broken("one_live_run_per_lane", "{} began run {} twice", name(job), job.run);
    }

private:
    std::set<std::pair<std::int64_t, int>> begun_;
};

}  // namespace

std::unique_ptr<Invariant> one_run_a_lane(Referee& referee) { return std::make_unique<OneRunALane>(referee); }

}  // namespace lanekeeper::simulation
