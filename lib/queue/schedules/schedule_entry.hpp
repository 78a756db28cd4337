#pragma once
#include "async/baton.hpp"
#include "queue/schedules/schedule_spec.hpp"

namespace lanekeeper {

/// A schedule in memory: as it is stored, what was read from that, and where its timer stands.
struct ScheduleEntry {
    ScheduleEntry(Schedule schedule_, SlotRule rule_, asio::any_io_executor executor)
        : schedule(std::move(schedule_)), rule(std::move(rule_)), baton(std::move(executor)) {}

    /// Whether slots come at all: not when it is switched off, nor when its zone has gone from the machine.
    bool ticks() const { return schedule.enabled && rule.zone && !removed; }

    ScheduleView view() const {
        ScheduleView view;
        view.schedule = schedule;
        if (ticks()) view.next_run_at = waiting ? waiting : next;
        view.trouble = trouble;
        return view;
    }

    /// What was committed. A clock may have been set meanwhile: `passes` says whether the change itself says how far it has come.
    void take(Schedule committed, bool passes) {
        if (!passes) committed.passed = schedule.passed;
        schedule = std::move(committed);
    }

    Schedule schedule;
    SlotRule rule;
    Baton baton;  // of who changes it
    bool removed = false;
    std::optional<WallTime> waiting;  // the slot that is due
    std::optional<WallTime> next;     // the one after it
    std::optional<Problem> trouble;
    int tries = 0;                    // of the slot that is due
    MonoTime retry_at{};
};

}  // namespace lanekeeper
