#pragma once
#include "job/lifecycle.hpp"
#include "queue/core.hpp"
#include "queue/definition.hpp"

#include <optional>

namespace lanekeeper {

/// What becomes of a job that was running when the daemon died (queue.md 8). Pure. `definition`: null when its type is
/// not registered any more. `settled`: the end of its turn, as the runtime tells it. `goes_on`: it is run again, though its
/// attempts are spent.
Transition decide_recovery(const Job& job, const Definition* definition, WallTime now,
                           std::optional<CompletedRun> settled = {}, bool goes_on = false);

/// What was told of a turn that nobody saw end.
struct Told {
    Told() = default;
    std::optional<CompletedRun> settled;
    bool asked = true;  // false: there was nobody to ask
};

/// Whether a job that ran, and of which nothing more is told, is to go on though its attempts are spent.
Task<bool> may_go_on(QueueCore& core, Job job);

/// Asks how the turn of a running job ended, where it had one: of a runtime that is not up until it is, or the deadline, or
/// the queue stops.
Task<Told> ask_of_turn(QueueCore& core, Job job, MonoTime deadline);

/// Ends the wait of a job whose turn could not be asked about at start. Returns it when it goes back to the queue.
Task<std::optional<Job>> recover_late(QueueCore& core, std::int64_t key, std::optional<CompletedRun> settled, bool goes_on);

/// Brings every open job into a state that lanes can take up, before anything is admitted: running ones go back or end;
/// those of unknown types end. Each transition is committed, published and logged like any other. Those of whose turns the
/// runtime cannot tell by `deadline` stay as they are, and are in `core.untold`; so do all that are left when the queue
/// stops.
Task<void> recover_running(QueueCore& core, MonoTime deadline);

}  // namespace lanekeeper
