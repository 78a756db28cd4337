// lane_starvation_bound: while an aged background job waits in a lane, at most MAX_INTERACTIVE_BURST interactive jobs
// start there in a row. lane_order: otherwise the lowest (priority, sequence) goes first, and the guard interferes only
// after that many interactive starts (queue.md 3).
#include "simulation/invariants/all.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

class LaneFairness final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override { lanes_.clear(); }

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (is_start(change) && !change.after.in_pool()) look_at_order(change.after);
    }

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (is_start(change) && !change.after.in_pool()) look_at_burst(change.after);
    }

private:
    struct Watch {
        std::map<std::int64_t, MonoTime> aged;  // background jobs that were aged at the lane's last start, waiting since
        int burst = 0;                          // interactive starts since, all of which one of them waited through
    };

    // The choice for this start came after the last one, so what was aged then was aged when it was made.
    void look_at_burst(const Job& job) {
        auto& watch = lanes_[job.owner];
        const auto& lane = book().lanes().at(job.owner);
        auto still_waits = [this](const auto& job_since) {
            const auto* entry = book().find(job_since.first);
            return entry->waits() && entry->state_since == job_since.second;
        };
        bool waits_on = std::ranges::any_of(watch.aged, still_waits);
        bool interactive = job.job_class() == JobClass::interactive;
        watch.burst = interactive && waits_on ? watch.burst + 1 : 0;
        if (watch.burst > settings().max_interactive_burst)
            broken("lane_starvation_bound", "{} interactive jobs in a row started in {} before an aged background job",
                   watch.burst, job.owner);
        watch.aged.clear();
        for (const auto* entry : ready(lane))
            if (aged(*entry)) watch.aged.emplace(entry->job.key, entry->state_since);
    }

    void look_at_order(const Job& job) {
        const auto& lane = book().lanes().at(job.owner);
        bool by_age = job.dispatch.at("rule") == "aged";
        if (by_age && lane.burst < settings().max_interactive_burst)
            broken("lane_order", "{} went first for its age after {} interactive starts", name(job), lane.burst);
        if (by_age || now() - referee_.last_failure() < settling) return;
        for (const auto* entry : ready(lane)) {
            bool before = std::pair(entry->job.priority, entry->job.key) < std::pair(job.priority, job.key);
            if (before && now() - ready_at(*entry) > settling)
                broken("lane_order", "{} started before {}", name(job), name(entry->job));
        }
    }

    std::map<std::string, Watch> lanes_;
};

}  // namespace

std::unique_ptr<Invariant> lane_fairness(Referee& referee) { return std::make_unique<LaneFairness>(referee); }

}  // namespace lanekeeper::simulation
