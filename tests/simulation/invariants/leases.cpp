// lease_holder_is_unique: a run is handed to one worker, who is the one that its durable start names.
// stale_hand_changes_nothing: a job that a worker completes is completed by the one who holds it, in the run he holds.
// lease_is_bounded: a job in the hand of a worker who is not heard of any more comes back (jobs-family.md, Workers in any
// language).
#include "base/limits.hpp"
#include "simulation/invariants/all.hpp"
#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {
namespace {

class Leases final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override { life_began_ = now(); }

    void run_given(const Job& job) override {
        const auto* entry = book().find(job.key);
        bool holds = entry && entry->job.run == job.run && entry->job.worker_id == job.worker_id;
        if (!holds || !given_.emplace(job.key, job.run).second)
            broken("lease_holder_is_unique", "run {} of {} was handed to {}", job.run, name(job), job.worker_id.value_or("nobody"));
    }

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (is_remote(change.after) && change.after.state == JobState::completed && is_ended(change)) look_at_hand(*change.before, change.after);
    }

    void stepped() override {
        if (!referee_.granting() || now() - referee_.last_failure() < 2 * settling) return;
        // Who is asked to end has no longer than his lease runs.
        constexpr Millis most = limits::lease_after_restart + 10 * longest_lease;
        for (auto key : book().remote().running)
            if (now() - std::max(book().find(key)->state_since, life_began_) > most + referee_.pool().expire)
                broken("lease_is_bounded", "{} is in the hand of a worker for ever", book().name(key));
    }

private:
    void look_at_hand(const Job& before, const Job& after) {
        const auto& by = after.result->at("by").as_string();
        auto run = after.result->at("run").as_int64();
        if (before.worker_id != std::string_view(by) || before.run != run)
            broken("stale_hand_changes_nothing", "{}, run {} of {}, was completed by {} in run {}", name(after), before.run,
                   before.worker_id.value_or("nobody"), std::string_view(by), run);
    }

    std::set<std::pair<std::int64_t, int>> given_;
    MonoTime life_began_{};
};

}  // namespace

std::unique_ptr<Invariant> leases(Referee& referee) { return std::make_unique<Leases>(referee); }

}  // namespace lanekeeper::simulation
