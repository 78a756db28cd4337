// graph_ends_as_planned: a job of a graph that nobody meddles with ends as it would without kills, stops and faults: it
// completes, or fails because it always does, or because one that it depends on fails.
// submitted_whole: jobs of one submission are stored together, and depend on what they were said to.
#include "simulation/invariants/all.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

class Graphs final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const auto* plan = change.after.client_id ? plan_for(*change.after.client_id) : nullptr;
            if (!plan) continue;
            if (!change.before) look_at_new(change.after, *plan, commit);
            if (is_ended(change)) look_at_end(change.after, *plan);
        }
    }

private:
    const PlannedJob* plan_for(const std::string& id) const {
        auto found = referee_.plans().find(id);
        return found == referee_.plans().end() ? nullptr : &found->second;
    }

    void look_at_new(const Job& job, const PlannedJob& plan, const Commit& commit) {
        std::set<std::string> needs;
        for (const auto& dependency : job.dependencies) needs.insert(dependency.id);
        if (needs != plan.needs) broken("submitted_whole", "{} depends on {} jobs, not {}", plan.id, needs.size(), plan.needs.size());
        for (const auto& id : plan.beside) {
            auto is_it = [&id](const Change& change) { return change.after.client_id == id; };
            if (std::ranges::none_of(commit.changes, is_it)) broken("submitted_whole", "{} was stored without {}", plan.id, id);
        }
    }

    void look_at_end(const Job& job, const PlannedJob& plan) {
        referee_.count(plan.fails ? "graph job failed, as planned" : "graph job completed, as planned");
        auto error = job.error.value_or("");
        if (job.state != (plan.fails ? JobState::failed : JobState::completed))
            return broken("graph_ends_as_planned", "{} is {} ({}) and would have {}", plan.id, to_word(job.state), error,
                          plan.fails ? "failed" : "completed");
        if (!plan.fails) return;
        bool by_another = std::ranges::any_of(plan.failing, [&](const auto& id) { return error == "dependency_failed:" + id; });
        bool by_itself = plan.failing.empty() && error.starts_with("hopeless");
        if (!by_another && !by_itself) broken("graph_ends_as_planned", "{} failed of {}", plan.id, error);
    }
};

}  // namespace

std::unique_ptr<Invariant> graphs(Referee& referee) { return std::make_unique<Graphs>(referee); }

}  // namespace lanekeeper::simulation
