// allowed_transition: every change of state is one that the table of queue.md 2 allows.
// terminal_is_final: only a person's retry leaves a terminal state; nothing else touches a job that has ended.
#include "job/transition.hpp"
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

bool reachable(JobState from, JobState to) {
    for (auto event : all_job_events())
        if (next_state(from, event) == to) return true;
    return false;
}

class Transitions final : public Invariant {
public:
    using Invariant::Invariant;

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            if (!change.before) look_at_new(change.after);
            else if (!change.merged) look(*change.before, change.after);
            else if (change.before->state != change.after.state)
                broken("allowed_transition", "{} changed its state by a merge", name(change.after));
        }
    }

private:
    void look_at_new(const Job& job) {
        bool may = job.state == JobState::queued || job.state == JobState::pending || reachable(JobState::pending, job.state);
        if (!may) broken("allowed_transition", "{} was born {}", name(job), to_word(job.state));
    }

    void look(const Job& before, const Job& after) {
        if (is_terminal(before.state) && !(is_open(after.state) && referee_.was_retry_asked(after)))
            broken("terminal_is_final", "{} had ended {} and became {}", name(after), to_word(before.state),
                   to_word(after.state));
        else if (!reachable(before.state, after.state))
            broken("allowed_transition", "{} went from {} to {}", name(after), to_word(before.state), to_word(after.state));
    }
};

}  // namespace

std::unique_ptr<Invariant> transitions(Referee& referee) { return std::make_unique<Transitions>(referee); }

}  // namespace lanekeeper::simulation
