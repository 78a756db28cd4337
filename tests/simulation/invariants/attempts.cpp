// run_rises: each start has the next run number, and nothing else changes it.
// attempts_within_budget: no more starts than maxAttempts and what was given back; an attempt is given back only by a
// snooze, a clean stop, or, once a job, by a turn that never began (queue.md 1, 5, 7, 8).
#include "simulation/invariants/all.hpp"

#include <string_view>

namespace lanekeeper::simulation {
namespace {

bool starts_with(const Job& job, std::string_view word) { return job.error && job.error->starts_with(word); }

class Attempts final : public Invariant {
public:
    using Invariant::Invariant;

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            if (!change.before) continue;
            look_at_run(change);
            look_at_gift(*change.before, change.after);
        }
    }

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const Entry& entry = *book().find(change.after.key);
            const Job& job = entry.job;
            if (job.attempts > job.max_attempts || entry.starts > job.max_attempts + entry.returned)
                broken("attempts_within_budget", "{} was started {} times, {} given back, {} allowed", name(job),
                       entry.starts, entry.returned, job.max_attempts);
            if (job.attempts != entry.starts - entry.returned)
                broken("attempts_within_budget", "{} says {} attempts after {} starts, {} given back", name(job),
                       job.attempts, entry.starts, entry.returned);
        }
    }

private:
    void look_at_run(const Change& change) {
        int expected = change.before->run + (is_start(change) ? 1 : 0);
        if (change.after.run != expected)
            broken("run_rises", "{} has run {} after run {}", name(change.after), change.after.run, change.before->run);
    }

    void look_at_gift(const Job& before, const Job& after) {
        if (after.attempts >= before.attempts || is_terminal(before.state)) return;
        bool snoozed = starts_with(after, "snoozed:");
        bool stopped = starts_with(after, "shutdown") && !starts_with(after, "shutdown_timeout");
        bool never_began = starts_with(after, "recovered_") && !before.running.complete() && !before.attempt_returned;
        bool fair = before.state == JobState::running && after.state == JobState::queued && after.attempts == before.attempts - 1;
        if (!fair || !(snoozed || stopped || never_began))
            broken("attempts_within_budget", "{} was given back an attempt: {}", name(after), after.error.value_or(""));
    }
};

}  // namespace

std::unique_ptr<Invariant> attempts(Referee& referee) { return std::make_unique<Attempts>(referee); }

}  // namespace lanekeeper::simulation
