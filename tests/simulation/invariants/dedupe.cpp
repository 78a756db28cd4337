// one_open_job_per_key: of the jobs that are each other's duplicates at most one is open; of those that merge, at most
// one newcomer waits (queue.md 4).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class Dedupe final : public Invariant {
public:
    using Invariant::Invariant;

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const Job& job = change.after;
            bool opens = is_open(job.state) && (!change.before || is_terminal(change.before->state));
            if (!opens || job.dedupe_match.empty()) continue;
            for (const auto& [key, entry] : book().jobs())
                if (blocks(entry.job, change))
                    broken("one_open_job_per_key", "{} was let in beside {} ({})", name(job), name(entry.job), job.dedupe_match);
        }
    }

private:
    static bool blocks(const Job& other, const Change& change) {
        const Job& job = change.after;
        if (other.key == job.key || other.dedupe_match != job.dedupe_match || !is_open(other.state)) return false;
        // A newcomer that merges may wait behind the one that runs.
        return job.type != "merge" || change.before || other.state == JobState::queued;
    }
};

}  // namespace

std::unique_ptr<Invariant> dedupe(Referee& referee) { return std::make_unique<Dedupe>(referee); }

}  // namespace lanekeeper::simulation
