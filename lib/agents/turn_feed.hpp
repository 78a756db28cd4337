#pragma once
#include "agents/quota.hpp"
#include "agents/turn_signal.hpp"
#include "async/time_source.hpp"

#include <deque>
#include <memory>
#include <string>
#include <utility>

namespace lanekeeper {

/// What was heard of the turns of one thread and not yet looked at. Lives on its listener's executor.
class TurnInbox {
public:
    explicit TurnInbox(std::unique_ptr<Alarm> alarm) : alarm_(std::move(alarm)) {}

    std::deque<TurnSignal> take() { return std::exchange(signals_, {}); }
    /// Until something comes, or the deadline; look again after it. Cancellable as its coroutine allows.
    Task<void> wait_until(MonoTime deadline) { return alarm_->wait_until(deadline); }

private:
    friend class TurnFeed;
    void put(TurnSignal signal) {
        signals_.push_back(std::move(signal));
        alarm_->wake();
    }
    std::unique_ptr<Alarm> alarm_;
    std::deque<TurnSignal> signals_;
};

/// Brings a runtime's notices to those who wait for turns, each on an executor of its own. Any thread.
class TurnFeed {
public:
    /// Listens from construction on: construct before `runtime.start()`.
    TurnFeed(Runtime& runtime, TimeSource& time);
    ~TurnFeed();
    TurnFeed(const TurnFeed&) = delete;
    TurnFeed& operator=(const TurnFeed&) = delete;

    /// From now on, everything about turns of this thread, until the inbox is let go. Listen before starting a turn: its
    /// notices may overtake the answer.
    std::shared_ptr<TurnInbox> listen(std::string thread_id, asio::any_io_executor executor);

    /// Inboxes that are kept in mind: those in use and at most about as many that were let go.
    std::size_t listeners() const;

    /// When the provider's limits open again, of what the runtime said of them since then.
    std::optional<WallTime> limits_open(MonoTime since) const;

private:
    struct State;
    std::shared_ptr<State> state_;
    TimeSource& time_;
};

}  // namespace lanekeeper
