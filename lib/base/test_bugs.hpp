#pragma once

namespace lanekeeper {

/// Mistakes that a test build can switch on, one at a time, to see that the simulation notices them.
enum class Bug {
    none,
    publish_before_commit,
    fence_dropped,
    run_reused,
    aging_off,
    retry_timer_lost,
    capacity_not_returned,
    dedupe_outside_transaction,
    cancel_reason_overwritten,
    placeholder_left_open,
    seq_gap,
    freed_too_early,
    never_freed,
    freeing_told_twice,
    cascade_is_shallow,
    bad_dependency_ignored,
    pool_order_by_age,
    pool_overbooked,
    pool_retry_lost,
    schedule_lost,
    pool_in_lane_budget,
    crash_fails_pool_job,
    submission_cut_short,
    stale_hand_accepted,
    lost_lease_kept,
    run_given_twice,
    slot_not_settled,
    parent_forgets_jobs,
    deadline_forgotten,
};

#ifdef LANEKEEPER_TEST_BUGS
inline Bug active_bug = Bug::none;
inline bool has_bug(Bug bug) { return active_bug == bug; }
#else
constexpr bool has_bug(Bug) { return false; }
#endif

}  // namespace lanekeeper
