// parent_ends_with_its_jobs: the parent of a workflow ends in the commit that ends the last of its jobs, and as they did: it
// is completed if all of them are (jobs-family.md, Workflow).
#include "base/ids.hpp"
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class Workflows final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (!change.before && change.after.workflow_id) members_[*job_key(*change.after.workflow_id)].insert(change.after.key);
        for (const auto& change : commit.changes) {
            if (change.after.workflow_id) look_at(*job_key(*change.after.workflow_id));
            if (is_parent(change.after) && is_ended(change)) look_at_end(change.after);
        }
    }

private:
    bool any_open(std::int64_t parent) const {
        auto is_open_one = [this](std::int64_t key) { return is_open(book().find(key)->job.state); };
        return std::ranges::any_of(members_.at(parent), is_open_one);
    }

    void look_at(std::int64_t parent) {
        if (book().find(parent)->job.state == JobState::pending && !any_open(parent))
            broken("parent_ends_with_its_jobs", "{} goes on without any of its jobs", book().name(parent));
    }

    void look_at_end(const Job& parent) {
        if (any_open(parent.key)) return broken("parent_ends_with_its_jobs", "{} ended before its jobs", name(parent));
        auto completed = [this](std::int64_t key) { return book().find(key)->job.state == JobState::completed; };
        bool all = std::ranges::all_of(members_.at(parent.key), completed);
        if (all != (parent.state == JobState::completed))
            broken("parent_ends_with_its_jobs", "{} is {}, its jobs {} all completed", name(parent), to_word(parent.state), all ? "are" : "are not");
    }

    std::map<std::int64_t, std::set<std::int64_t>> members_;
};

}  // namespace

std::unique_ptr<Invariant> workflows(Referee& referee) { return std::make_unique<Workflows>(referee); }

}  // namespace lanekeeper::simulation
