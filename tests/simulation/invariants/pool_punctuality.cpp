// pool_goes_on: a pool with a ready job and a worker to spare does not sit still, whatever goes on in lanes: their
// budgets are apart. schedule_not_early, schedule_is_kept: a job that waits for its time is free neither before it nor
// long after (jobs-family.md, Worker pool, Submit).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

constexpr Millis pool_patience{5000};

class PoolPunctuality final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override {
        idle_since_.reset();
        for (auto& [key, late_since] : timed_) late_since.reset();
    }

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const Job& job = change.after;
            bool waits = !change.before || change.before->state == JobState::pending;
            if (waits && job.state == JobState::queued && job.scheduled_for && commit.wall < *job.scheduled_for)
                broken("schedule_not_early", "{} is free before {}", name(job), iso(*job.scheduled_for));
            if (job.state == JobState::pending && job.scheduled_for) timed_.try_emplace(job.key);
            else timed_.erase(job.key);
        }
    }

    void stepped() override {
        bool excused = !referee_.granting() || now() - referee_.last_failure() < pool_patience;
        look_at_pool(excused);
        for (auto& [key, late_since] : timed_) {
            const Job& job = book().find(key)->job;
            bool due = *job.scheduled_for <= wall() && book().is_free(job);
            if (is_late(late_since, due && !excused)) broken("schedule_is_kept", "{} was to be free at {}", name(job), iso(*job.scheduled_for));
        }
    }

private:
    void look_at_pool(bool excused) {
        const auto& pool = book().pool();
        bool could = !excused && !pool.paused && !pool.queued.empty() && pool.running.size() < pool_slots();
        auto jobs = could ? ready(pool) : std::vector<const Entry*>();
        if (is_late(idle_since_, !jobs.empty()))
            broken("pool_goes_on", "the pool sits still with a ready job and a worker to spare: {}", name(jobs.front()->job));
    }

    // True when it has been so for longer than there is patience.
    bool is_late(std::optional<MonoTime>& since, bool so) const {
        if (!so) since.reset();
        else if (!since) since = now();
        return so && now() - *since > pool_patience;
    }

    std::optional<MonoTime> idle_since_;
    std::map<std::int64_t, std::optional<MonoTime>> timed_;  // since when it should have been free
};

}  // namespace

std::unique_ptr<Invariant> pool_punctuality(Referee& referee) { return std::make_unique<PoolPunctuality>(referee); }

}  // namespace lanekeeper::simulation
