#include "store/retention.hpp"

#include "base/ids.hpp"
#include "base/limits.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper {
namespace {

constexpr std::size_t owners_per_step = 200;
constexpr std::size_t candidates_per_page = 2 * limits::retention_batch;
constexpr std::size_t pages_per_look = 30;  // more than the jobs of the largest workflow

// In the order in which they go: what went wrong is kept in preference.
constexpr std::array terminal_states = {JobState::completed, JobState::expired, JobState::canceled, JobState::failed};

}  // namespace

struct Retention::Pass {
    RetentionRows& rows;
    const RetentionRules& rules;
    WallTime now;
    std::size_t budget = limits::retention_batch;  // rows that may still go
    std::size_t owners = owners_per_step;

    bool spent() const { return budget == 0 || owners == 0; }
    std::int64_t keep(const std::string& owner) const { return owner.empty() ? rules.pool_count : rules.terminal_per_owner; }

    // Removes the oldest in a state while `may_go` says so; returns how many. It looks past those that are needed; those
    // that the grace protects are looked at again in a later round.
    template <class MayGo>
    std::size_t remove(const std::string& owner, JobState state, std::size_t at_most, MayGo may_go) {
        std::size_t removed = 0;
        std::int64_t after = 0;
        bool further = true;
        for (std::size_t pages = 0; further && pages < pages_per_look && removed < at_most && budget > 0; ++pages) {
            auto candidates = rows.ended(owner, state, after, candidates_per_page);
            further = candidates.size() == candidates_per_page;
            for (const auto& job : candidates) {
                if (removed >= at_most || budget == 0) break;
                bool protected_by_time = job.at > now - rules.grace || !may_go(job);
                further = further && !protected_by_time;
                if (protected_by_time || is_needed(job)) continue;
                rows.remove_job(owner, state, job.key);
                ++removed;
                --budget;
            }
            if (further) after = candidates.back().key;
        }
        return removed;
    }

    // By an open job that depends on it, or by the workflow that it is part of.
    bool is_needed(const RetentionRows::Ended& job) const {
        if (rows.is_awaited(job.key)) return true;
        auto workflow = job.workflow ? job_key(*job.workflow) : std::nullopt;
        return workflow && rows.is_kept(*workflow);
    }

    std::int64_t excess(const std::string& owner) const {
        auto enough = keep(owner) + std::int64_t(limits::retention_batch) + 1;
        return rows.count_ended(owner, enough) - keep(owner);
    }

    void trim_by_count(const std::string& owner) {
        auto left = excess(owner);
        for (auto state : terminal_states) {
            if (left <= 0 || budget == 0) return;
            left -= std::int64_t(remove(owner, state, std::size_t(left), [](const auto&) { return true; }));
        }
    }

    void trim_pool_by_age() {
        auto cutoff = now - rules.pool_age;
        for (auto state : terminal_states)
            remove("", state, budget, [cutoff](const auto& job) { return job.at < cutoff; });
    }
};

bool Retention::step(RetentionRows& rows, const RetentionRules& rules, WallTime now) {
    Pass pass{rows, rules, now};
    if (!in_round_) {
        round_.swap(changed_);
        round_.insert("");  // the pool's rule is one of age too
        in_round_ = true;
    }
    bool more_jobs = walked_ ? visit_known(pass) : visit_all(pass);
    if (!more_jobs) in_round_ = false;
    auto gone = rows.remove_expired(now, limits::retention_batch);
    auto events = rows.remove_events(now - rules.event_age, rules.event_count, limits::retention_batch);
    return more_jobs || gone == limits::retention_batch || events == limits::retention_batch;
}

bool Retention::visit_known(Pass& pass) {
    while (!round_.empty()) {
        auto owner = *round_.begin();
        if (!visit(pass, owner)) return true;
        round_.erase(owner);
        if (pass.spent()) return !round_.empty();
    }
    return false;
}

bool Retention::visit_all(Pass& pass) {
    while (auto owner = pass.rows.owner_after(walked_to_)) {
        if (!visit(pass, *owner)) return true;
        walked_to_ = owner;
        round_.erase(*owner);
        if (pass.spent()) return true;
    }
    walked_ = true;
    return visit_known(pass);
}

/// False when the step was too short for this owner.
bool Retention::visit(Pass& pass, const std::string& owner) {
    --pass.owners;
    if (owner.empty()) pass.trim_pool_by_age();
    pass.trim_by_count(owner);
    if (pass.budget == 0) return false;
    if (pass.excess(owner) > 0) changed_.insert(owner);  // what the grace still protects goes later
    return true;
}

}  // namespace lanekeeper
