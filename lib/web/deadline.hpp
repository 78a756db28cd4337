#pragma once
#include "async/time_source.hpp"

#include <functional>
#include <memory>

namespace lanekeeper::web {

/// The time limits of one connection, one at a time: idle, head, body, write, close. Moving it is cheap: the timer is
/// touched only when a deadline comes nearer. All members on the executor; `run` is a coroutine of the connection's.
class Deadline {
public:
    Deadline(TimeSource& time, asio::any_io_executor executor, std::function<void()> expire);

    void set(Millis from_now);
    void clear();
    /// True from the moment at which the limit was reached until it is set or cleared.
    bool expired() const { return expired_; }

    Task<void> run();
    void close();  // ends `run`

private:
    TimeSource& time_;
    const std::unique_ptr<Alarm> alarm_;
    const std::function<void()> expire_;
    MonoTime due_ = MonoTime::max();
    MonoTime waiting_for_ = MonoTime::max();
    bool expired_ = false;
    bool closed_ = false;
};

}  // namespace lanekeeper::web
