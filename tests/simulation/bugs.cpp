#include "simulation/bugs.hpp"

#include "base/test_bugs.hpp"
#include "simulation/world.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

namespace lanekeeper::simulation {

#ifdef LANEKEEPER_TEST_BUGS
namespace {

struct Known {
    Bug bug;
    std::string_view name;
    std::string_view breaks;     // the promise that notices it
    std::string_view or_breaks;  // another one that may be the first to do so
};

constexpr std::array known = {
    Known{Bug::publish_before_commit, "publish_before_commit", "published_is_committed", {}},
    Known{Bug::fence_dropped, "fence_dropped", "stale_run_changes_nothing", "terminal_is_final"},
    Known{Bug::run_reused, "run_reused", "run_rises", {}},
    Known{Bug::aging_off, "aging_off", "lane_starvation_bound", {}},
    Known{Bug::retry_timer_lost, "retry_timer_lost", "lane_goes_on", "slot_starvation_bound"},
    Known{Bug::capacity_not_returned, "capacity_not_returned", "counters_equal_recount", {}},
    Known{Bug::dedupe_outside_transaction, "dedupe_outside_transaction", "one_open_job_per_key", {}},
    Known{Bug::cancel_reason_overwritten, "cancel_reason_overwritten", "cancel_reason_kept", {}},
    Known{Bug::placeholder_left_open, "placeholder_left_open", "placeholder_closed", {}},
    Known{Bug::seq_gap, "seq_gap", "seq_without_gap", {}},
    Known{Bug::freed_too_early, "freed_too_early", "dependent_waits", {}},
    Known{Bug::never_freed, "never_freed", "freed_at_once", {}},
    Known{Bug::freeing_told_twice, "freeing_told_twice", "told_once", {}},
    Known{Bug::cascade_is_shallow, "cascade_is_shallow", "ends_with_dependency", {}},
    Known{Bug::bad_dependency_ignored, "bad_dependency_ignored", "ends_with_dependency", {}},
    Known{Bug::pool_order_by_age, "pool_order_by_age", "pool_order", {}},
    Known{Bug::pool_overbooked, "pool_overbooked", "pool_within_bounds", {}},
    Known{Bug::pool_retry_lost, "pool_retry_lost", "pool_goes_on", {}},
    Known{Bug::schedule_lost, "schedule_lost", "schedule_is_kept", {}},
    Known{Bug::pool_in_lane_budget, "pool_in_lane_budget", "counters_equal_recount", {}},
    Known{Bug::crash_fails_pool_job, "crash_fails_pool_job", "graph_ends_as_planned", {}},
    Known{Bug::submission_cut_short, "submission_cut_short", "submitted_whole", "parent_ends_with_its_jobs"},
    Known{Bug::stale_hand_accepted, "stale_hand_accepted", "stale_hand_changes_nothing", "acknowledged_is_kept"},
    Known{Bug::lost_lease_kept, "lost_lease_kept", "lease_is_bounded", {}},
    Known{Bug::run_given_twice, "run_given_twice", "lease_holder_is_unique", {}},
    Known{Bug::slot_not_settled, "slot_not_settled", "slot_at_most_once", {}},
    Known{Bug::parent_forgets_jobs, "parent_forgets_jobs", "parent_ends_with_its_jobs", {}},
    Known{Bug::deadline_forgotten, "deadline_forgotten", "deadline_is_kept", {}},
};

// True: as expected.
bool notice(const Known& bug, int seeds) {
    active_bug = bug.bug;
    for (int seed = 1; seed <= seeds; ++seed) {
        auto verdict = play(std::uint64_t(seed), false);
        if (!verdict.broken) continue;
        bool expected = verdict.broken->promise == bug.breaks || verdict.broken->promise == bug.or_breaks;
        fmt::print("{:<28} seed {:>4}  {}{}: {}\n", bug.name, seed, verdict.broken->promise,
                   expected ? "" : fmt::format(" (not {})", bug.breaks), verdict.broken->text);
        return expected;
    }
    fmt::print("{:<28} was not noticed in {} seeds\n", bug.name, seeds);
    return bug.bug == Bug::none;
}

}  // namespace

int notice_bugs(int seeds, int without) {
    bool all = true;
    for (const auto& bug : known) all = notice(bug, seeds) && all;
    all = notice(Known{Bug::none, "none", "", {}}, without) && all;
    return all ? 0 : 1;
}

bool switch_on(const std::string& bug) {
    for (const auto& one : known)
        if (one.name == bug) {
            active_bug = one.bug;
            return true;
        }
    fmt::print("there is no bug {}\n", bug);
    return false;
}
#else
int notice_bugs(int, int) { return switch_on("") ? 0 : 2; }

bool switch_on(const std::string&) {
    fmt::print("this build has no bugs to switch on: use simulation_bugs\n");
    return false;
}
#endif

}  // namespace lanekeeper::simulation
