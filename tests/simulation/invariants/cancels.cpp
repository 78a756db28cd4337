// cancel_reason_kept: who asked for a cancel, and why, is never overwritten by how it ended (queue.md 1, 6).
// cancel_is_kept: a run whose cancel was committed is the job's last. It ends canceled, unless its own end came first.
#include "simulation/invariants/all.hpp"

namespace lanekeeper::simulation {
namespace {

class Cancels final : public Invariant {
public:
    using Invariant::Invariant;

    void deciding(const Commit& commit) override {
        for (const auto& change : commit.changes)
            if (change.before && !change.merged) look(change, *change.before, change.after);
    }

private:
    void look(const Change& change, const Job& before, const Job& after) {
        bool fresh = is_start(change) || is_terminal(before.state);
        if (!fresh && before.cancel_reason && after.cancel_reason != before.cancel_reason)
            broken("cancel_reason_kept", "{}: \"{}\" became \"{}\"", name(after), *before.cancel_reason,
                   after.cancel_reason.value_or("nothing"));
        bool ends_run = before.state == JobState::running && after.state != JobState::running;
        if (ends_run && before.cancel_requested_at && after.state == JobState::queued)
            broken("cancel_is_kept", "{} was to be canceled ({}) and waits again ({})", name(after),
                   before.cancel_reason.value_or(""), after.error.value_or(""));
        if (after.state == JobState::canceled && !after.cancel_reason)
            broken("cancel_reason_kept", "{} was canceled and nobody knows why", name(after));
    }
};

}  // namespace

std::unique_ptr<Invariant> cancels(Referee& referee) { return std::make_unique<Cancels>(referee); }

}  // namespace lanekeeper::simulation
