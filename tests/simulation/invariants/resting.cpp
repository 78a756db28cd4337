// paused_lane_rests: nothing starts in a lane that is durably paused, and nothing new comes into one that is drained.
// stopped_queue_rests: nothing starts once a queue was asked to stop (queue.md 7, 13).
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class Resting final : public Invariant {
public:
    using Invariant::Invariant;

    void stepped() override {
        if (referee_.granting()) stopped_at_.reset();
        else if (!stopped_at_) stopped_at_ = now();
    }
    void new_life(std::int64_t) override { stopped_at_.reset(); }

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const auto& lane = book().lane_of(change.after.owner);
            auto called = change.after.in_pool() ? "the pool" : change.after.owner;
            bool settled = now() - lane.flags_since > settling;
            if (lane.paused && settled && is_start(change))
                broken("paused_lane_rests", "{} started in {}, which is paused", name(change.after), called);
            if (lane.draining && settled && !change.before)
                broken("paused_lane_rests", "a job came into {}, which is drained", called);
            if (stopped_at_ && now() - *stopped_at_ > settling && is_start(change))
                broken("stopped_queue_rests", "{} started after the stop", name(change.after));
        }
    }

private:
    std::optional<MonoTime> stopped_at_;
};

}  // namespace

std::unique_ptr<Invariant> resting(Referee& referee) { return std::make_unique<Resting>(referee); }

}  // namespace lanekeeper::simulation
