// slot_starvation_bound: across lanes, neither class waits longer than its share (queue.md 3): while an aged background
// job could take a slot, at most MAX_INTERACTIVE_BURST interactive jobs start before one of the background; while an
// interactive job waits, at most one background job starts before one of the interactive. Grants cannot be seen, only the
// starts that follow them: each slot may have one under way, so both bounds are loose by the number of slots.
#include "simulation/invariants/all.hpp"

#include <optional>

namespace lanekeeper::simulation {
namespace {

class SlotFairness final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override {
        asks_.clear();
        row_[0] = row_[1] = 0;
    }

    void stepped() override {
        bool shaken = now() - referee_.last_failure() < 2 * settling;
        for (const auto& [owner, lane] : book().lanes()) watch(owner, shaken ? nullptr : asking(lane));
    }

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (is_start(change) && !change.after.in_pool()) look_at_start(change.after);
    }

private:
    struct Ask {
        std::int64_t key = 0;
        JobClass job_class{};
        MonoTime since{};
    };

    // The job that a lane asks a slot for; nothing where that cannot be told from outside, or it has no claim yet.
    const Entry* asking(const LaneBook& lane) const {
        if (lane.paused || !lane.running.empty()) return nullptr;
        auto jobs = ready(lane);
        if (jobs.empty()) return nullptr;
        if (jobs.front()->job.job_class() == JobClass::background) {
            bool room = book().running(JobClass::background) < std::max(1, settings().global_concurrency - 1);
            return room && aged(*jobs.front()) ? jobs.front() : nullptr;
        }
        for (const auto* entry : jobs)
            if (aged(*entry)) return nullptr;
        return jobs.front();
    }

    void watch(const std::string& owner, const Entry* entry) {
        if (!entry) {
            asks_.erase(owner);
            return;
        }
        auto& ask = asks_[owner];
        if (ask.key != entry->job.key) ask = Ask{entry->job.key, entry->job.job_class(), now()};
    }

    bool waits_elsewhere(const std::string& owner, JobClass job_class) const {
        for (const auto& [other, ask] : asks_)
            if (other != owner && ask.job_class == job_class && now() - ask.since > settling) return true;
        return false;
    }

    void look_at_start(const Job& job) {
        bool interactive = job.job_class() == JobClass::interactive;
        auto& mine = row_[std::size_t(job.job_class())];
        row_[interactive ? 1 : 0] = 0;
        auto other = interactive ? JobClass::background : JobClass::interactive;
        bool contested = waits_elsewhere(job.owner, other);
        if (contested) referee_.count("started while another class waited elsewhere");
        mine = contested ? mine + 1 : 0;
        int share = interactive ? settings().max_interactive_burst : 1;
        if (mine > share + settings().global_concurrency)
            broken("slot_starvation_bound", "{} {} jobs in a row started before one of the other class that waits", mine,
                   to_word(job.job_class()));
    }

    std::map<std::string, Ask> asks_;
    int row_[2] = {0, 0};  // starts of a class in a row while the other class waited
};

}  // namespace

std::unique_ptr<Invariant> slot_fairness(Referee& referee) { return std::make_unique<SlotFairness>(referee); }

}  // namespace lanekeeper::simulation
