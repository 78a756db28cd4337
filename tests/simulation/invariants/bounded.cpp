// attempt_is_bounded: an attempt ends within its timeout and its grace, whatever its runner and the runtime do.
// cancel_is_bounded: so does one whose cancel was committed, within its grace (queue.md 5, 6).
#include "simulation/invariants/all.hpp"
#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {
namespace {

class Bounded final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override { asked_.clear(); }

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const Job& job = change.after;
            if (job.state != JobState::running) asked_.erase(job.key);
            else if (job.cancel_requested_at && !is_remote(job)) asked_.emplace(job.key, now());
        }
    }

    void stepped() override {
        if (!referee_.granting() || now() - referee_.last_failure() < 2 * settling) return;
        for (const auto& [owner, lane] : book().lanes()) look(lane);
        look(book().pool());
        for (const auto& [key, since] : asked_)
            if (now() - since > longest_grace + settling)
                broken("cancel_is_bounded", "{} still runs long after its cancel", book().name(key));
    }

private:
    void look(const LaneBook& lane) {
        for (auto key : lane.running) {
            const auto& entry = *book().find(key);
            if (now() - entry.state_since > longest(entry.job) + longest_grace + settling)
                broken("attempt_is_bounded", "{} still runs long after its timeout", name(entry.job));
        }
    }

    Millis longest(const Job& job) const {
        auto expire = referee_.pool().expire;
        if (job.timeout) return job.in_pool() ? std::min(*job.timeout, expire) : *job.timeout;
        return job.in_pool() ? expire : std::max(settings().default_timeout, longest_timeout);
    }

    std::map<std::int64_t, MonoTime> asked_;  // running jobs whose cancel was committed in this life
};

}  // namespace

std::unique_ptr<Invariant> bounded(Referee& referee) { return std::make_unique<Bounded>(referee); }

}  // namespace lanekeeper::simulation
