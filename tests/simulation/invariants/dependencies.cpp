// dependent_waits: a job is free, and starts, only when all that it depends on has completed; no person's retry
// changes that. freed_at_once: it is freed by the commit that completes the last of them, unless it waits for its time as well.
// freed_once: and by no other. ends_with_dependency: the commit that ends a job badly ends, all the way down, whatever
// waits for it, and nothing but that says so (jobs-family.md, Dependencies).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

bool is_bad(JobState state) { return is_terminal(state) && state != JobState::completed; }

class Dependencies final : public Invariant {
public:
    using Invariant::Invariant;

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const Job& job = change.after;
            if (!is_parent(job)) {
                look_at_freedom(change);
                if (is_ended(change)) look_at_end(change);
                look_at_waiting(*book().find(job.key));
            }
            if (is_ended(change))
                for (auto dependent : book().dependents(job.key)) look_at_waiting(*book().find(dependent));
        }
    }

private:
    void look_at_freedom(const Change& change) {
        const Job& job = change.after;
        bool free = job.state == JobState::queued || job.state == JobState::running;
        if (free && !book().is_free(job))
            broken("dependent_waits", "{} is {} before all that it depends on has completed", name(job), to_word(job.state));
        if (book().find(job.key)->promotions > 1) broken("freed_once", "{} was freed twice", name(job));
    }

    void look_at_waiting(const Entry& entry) {
        const Job& job = entry.job;
        if (job.state != JobState::pending) return;
        for (const auto& dependency : job.dependencies) {
            const auto& other = book().find(dependency.key)->job;
            if (is_bad(other.state))
                broken("ends_with_dependency", "{} still waits for {}, which is {}", name(job), name(other), to_word(other.state));
        }
        if (!job.scheduled_for && book().is_free(job)) broken("freed_at_once", "{} waits for nothing", name(job));
    }

    // What ended for the sake of another names one that it depends on and that ended like this; others had not come into
    // the world to wait, or were judged for themselves.
    void look_at_end(const Change& change) {
        const Job& job = change.after;
        auto error = job.error.value_or("");
        if (error.starts_with("dependency_")) return look_at_cause(job, error);
        if (!change.before) broken("ends_with_dependency", "{} was born {}: {}", name(job), to_word(job.state), error);
        bool judged = job.state != JobState::failed || error.starts_with("recovery_");
        if (change.before && change.before->state == JobState::pending && !judged)
            broken("ends_with_dependency", "{} had not begun and is failed: {}", name(job), error);
    }

    void look_at_cause(const Job& job, const std::string& error) {
        bool canceled = job.state == JobState::canceled;
        std::string word = canceled ? "dependency_cancelled:" : "dependency_failed:";
        for (const auto& dependency : job.dependencies) {
            if (error != word + dependency.id) continue;
            auto state = book().find(dependency.key)->job.state;
            if (canceled ? state == JobState::canceled : state == JobState::failed || state == JobState::expired) return;
        }
        broken("ends_with_dependency", "{} is {} for no reason: {}", name(job), to_word(job.state), error);
    }
};

}  // namespace

std::unique_ptr<Invariant> dependencies(Referee& referee) { return std::make_unique<Dependencies>(referee); }

}  // namespace lanekeeper::simulation
