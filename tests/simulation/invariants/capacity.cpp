// counters_equal_recount: what the store counts is what its jobs add up to, also in the words of a refusal.
// slots_not_exceeded: of lanes, no more jobs run than there are slots, and background jobs never hold all of several (queue.md 3, 9).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class CapacityCounts final : public Invariant {
public:
    using Invariant::Invariant;

    void recount(const StoreCounts& counts) override {
        std::map<JobState, std::int64_t> by_state;
        std::set<std::string> owners;
        for (const auto& [key, entry] : book().jobs()) {
            ++by_state[entry.job.state];
            if (is_open(entry.job.state) && !entry.job.in_pool()) owners.insert(entry.job.owner);
        }
        for (const auto& [state, count] : counts.by_state)
            if (count != by_state[state])
                broken("counters_equal_recount", "the store counts {} {}, there are {}", count, to_word(state), by_state[state]);
        if (counts.owners_with_open_jobs != std::int64_t(owners.size()))
            broken("counters_equal_recount", "the store counts {} owners with open jobs, there are {}",
                   counts.owners_with_open_jobs, owners.size());
    }

    void refused(const Problem& problem, std::size_t inserts) override {
        if (problem.code != "queue_full") return;
        auto scope = problem.details.at("scope").as_string();
        auto depth = problem.details.at("depth").as_int64();
        // Those that come before it in the same submission count.
        auto is = [&](std::size_t open) { return depth >= std::int64_t(open) && depth < std::int64_t(open + std::max<std::size_t>(1, inserts)); };
        bool true_depth = (scope == "global" && is(book().open_in_lanes())) || (scope == "pool" && is(book().open_in_pool()));
        // The refusal names no owner: some lane must be that deep.
        for (const auto& [owner, lane] : book().lanes()) true_depth |= scope == "project" && is(lane.open());
        if (!true_depth) broken("counters_equal_recount", "refused as {} deep, and nothing is", depth);
    }

    void committed(const Commit&) override {
        int slots = settings().global_concurrency;
        if (book().running() > slots) broken("slots_not_exceeded", "{} jobs run in {} slots", book().running(), slots);
        if (slots > 1 && book().running(JobClass::background) >= slots)
            broken("slots_not_exceeded", "background holds all {} slots", slots);
    }
};

}  // namespace

std::unique_ptr<Invariant> capacity(Referee& referee) { return std::make_unique<CapacityCounts>(referee); }

}  // namespace lanekeeper::simulation
