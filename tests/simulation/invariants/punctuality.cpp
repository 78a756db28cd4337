// retry_not_early: no attempt begins before its nextAttemptAt. lane_goes_on: a lane with a job that is ready, and a slot
// that this job may take, does not sit still: no retry, snooze or wake-up is ever lost (queue.md 5).
#include "simulation/invariants/all.hpp"

#include <algorithm>

namespace lanekeeper::simulation {
namespace {

constexpr Millis patience{5000};

class Punctuality final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override { idle_.clear(); }

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (is_start(change) && change.before->next_attempt_at && change.after.last_attempt_at < change.before->next_attempt_at)
                broken("retry_not_early", "{} started before {}", name(change.after), iso(*change.before->next_attempt_at));
    }

    void stepped() override {
        bool excused = !referee_.granting() || now() - referee_.last_failure() < patience;
        for (const auto& [owner, lane] : book().lanes()) {
            if (excused || !could_start(lane)) {
                idle_.erase(owner);
                continue;
            }
            auto since = idle_.emplace(owner, now()).first->second;
            if (now() - since > patience)
                broken("lane_goes_on", "{} sits still with a ready job and a free slot: {}", owner, name(ready(lane).front()->job));
        }
    }

private:
    bool could_start(const LaneBook& lane) const {
        int slots = settings().global_concurrency;
        if (lane.paused || !lane.running.empty() || book().running() >= slots) return false;
        auto jobs = ready(lane);
        if (jobs.empty()) return false;
        bool room = book().running(JobClass::background) < std::max(1, slots - 1);
        return room || (jobs.front()->job.job_class() == JobClass::interactive && !waits_for_background(lane, jobs));
    }

    // A lane whose own guard is due waits for a slot that background may take (queue.md 3).
    bool waits_for_background(const LaneBook& lane, const std::vector<const Entry*>& jobs) const {
        auto is_background = [](const Entry* entry) { return entry->job.job_class() == JobClass::background; };
        bool any = std::any_of(jobs.begin(), jobs.end(), is_background);
        return any && lane.burst >= settings().max_interactive_burst;
    }

    std::map<std::string, MonoTime> idle_;
};

}  // namespace

std::unique_ptr<Invariant> punctuality(Referee& referee) { return std::make_unique<Punctuality>(referee); }

}  // namespace lanekeeper::simulation
