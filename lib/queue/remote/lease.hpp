#pragma once
#include "async/baton.hpp"
#include "base/test_bugs.hpp"
#include "queue/attempt_end.hpp"
#include "queue/remote/claims.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace lanekeeper {

/// A job in the hand of a worker, until its time is up. Transitions of the job are made under its baton, one at a time: what
/// was decided is what is committed. On the strand of who keeps it.
struct Lease {
    Lease(Job job_, std::shared_ptr<const Definition> definition_, Millis length_, asio::any_io_executor executor)
        : job(std::move(job_)), definition(std::move(definition_)), length(length_), baton(std::move(executor)) {}

    Job job;  // as last committed
    std::shared_ptr<const Definition> definition;
    Millis length;
    Baton baton;
    bool over = false;  // it is nobody's any more

    MonoTime expires{};
    WallTime expires_at{};               // the same, for people and workers
    std::optional<MonoTime> deadline;    // of the attempt
    StopCause late;                      // what it ends of then
    std::optional<StopCause> cause;      // why it was asked to end; the first one stands
    std::optional<MonoTime> ends_by;     // whether it heeds that or not
    std::optional<MonoTime> planned;     // by the one who looks at it then

    bool held_by(const HeldRun& held) const {
        if (has_bug(Bug::stale_hand_accepted)) return !over;
        return !over && job.run == held.run && job.worker_id == held.worker_id;
    }

    void extend(MonoTime now, WallTime wall) {
        expires = now + length;
        expires_at = wall + length;
    }
    /// Reason before signal: the worker hears of it with its next heartbeat.
    void ask_to_end(StopCause why, MonoTime now, Millis grace) {
        if (cause) return;
        cause = std::move(why);
        ends_by = now + std::clamp(std::chrono::duration_cast<Millis>(expires - now), Millis{0}, grace);
    }
    MonoTime next_look() const {
        if (ends_by) return *ends_by;
        return deadline ? std::min(expires, *deadline) : expires;
    }
    LeaseState state() const {
        LeaseState state;
        state.expires_at = expires_at;
        state.cancel_requested = cause.has_value();
        if (cause) state.reason = cause->reason;
        return state;
    }
};

using LeasePtr = std::shared_ptr<Lease>;

}  // namespace lanekeeper
