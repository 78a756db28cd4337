// deadline_is_kept: a job that is open at its expiresAt ends soon after, whatever it waits for or does (jobs-family.md, Retry
// and expiry).
#include "base/limits.hpp"
#include "simulation/invariants/all.hpp"
#include "simulation/job_types.hpp"

namespace lanekeeper::simulation {
namespace {

class Deadlines final : public Invariant {
public:
    using Invariant::Invariant;

    void new_life(std::int64_t) override {
        for (auto& [key, late_since] : open_) late_since.reset();
    }

    void committed(const Commit& commit) override {
        for (const auto& change : commit.changes) {
            const Job& job = change.after;
            if (is_open(job.state) && job.expires_at) open_.try_emplace(job.key);
            else open_.erase(job.key);
        }
    }

    void stepped() override {
        bool excused = !referee_.granting() || now() - referee_.last_failure() < 2 * settling;
        for (auto& [key, late_since] : open_) {
            const Job& job = book().find(key)->job;
            if (excused || *job.expires_at > wall()) late_since.reset();
            else if (!late_since) late_since = now();
            else if (now() - *late_since > grace(job) + 2 * settling)
                broken("deadline_is_kept", "{} is still {} long after {}", name(job), to_word(job.state), iso(*job.expires_at));
        }
    }

private:
    static Millis grace(const Job& job) { return is_remote(job) ? limits::remote_cancel_grace + longest_lease : longest_grace; }

    std::map<std::int64_t, std::optional<MonoTime>> open_;  // since when they are late
};

}  // namespace

std::unique_ptr<Invariant> deadlines(Referee& referee) { return std::make_unique<Deadlines>(referee); }

}  // namespace lanekeeper::simulation
