#pragma once
#include "async/task.hpp"
#include "base/time.hpp"

#include <memory>

namespace lanekeeper {

/// Waits for one question on one executor: "is it time, or has something happened?" A wake-up that comes while nobody
/// waits is kept for the next wait. The waiter looks again at what it waits for, whatever the reason it woke: timers race.
class Alarm {
public:
    virtual ~Alarm() = default;

    /// Returns at `deadline` or after `wake`. One waiter at a time, on the alarm's executor. Observes cancellation of
    /// the types that its coroutine has enabled by throwing `system_error(operation_aborted)`.
    virtual Task<void> wait_until(MonoTime deadline) = 0;
    Task<void> wait() { return wait_until(MonoTime::max()); }

    /// On the alarm's executor only.
    virtual void wake() = 0;
};

/// A clock whose time can be waited for. Injected: real, or owned by a test that moves it.
class TimeSource : public Clock {
public:
    virtual std::unique_ptr<Alarm> alarm(asio::any_io_executor executor) = 0;
};

/// The machine's time.
class SystemTime final : public TimeSource {
public:
    WallTime wall() const override { return clock_.wall(); }
    MonoTime mono() const override { return clock_.mono(); }
    std::unique_ptr<Alarm> alarm(asio::any_io_executor executor) override;

private:
    SystemClock clock_;
};

/// Sleeps on the caller's executor; observes cancellation.
Task<void> sleep_until(TimeSource& time, MonoTime deadline);
Task<void> pause_for(TimeSource& time, Millis duration);

}  // namespace lanekeeper
