#include "queue/attempt.hpp"

namespace lanekeeper {

bool Attempt::ask_to_end(StopCause cause) {
    if (cause_ || done() || !current()) return false;
    cause_ = std::move(cause);
    alarm_->wake();
    return true;
}

void Attempt::force() {
    forced_ = true;
    alarm_->wake();
}

void Attempt::finished(AttemptEnd end) {
    if (end_) return;
    end_ = std::move(end);
    alarm_->wake();
}

void Attempt::give_time(Millis timeout, MonoTime now) {
    if (timeout.count() > 0) deadline_ = now + timeout;
}

void Attempt::stop_clock(MonoTime now) {
    if (!stopped_) stopped_ = now;
    alarm_->wake();
}

void Attempt::start_clock(MonoTime now) {
    if (stopped_ && deadline_) *deadline_ += now - *stopped_;
    beat(now);
    stopped_.reset();
    alarm_->wake();
}

MonoTime Attempt::deadline() const { return deadline_ && !stopped_ ? *deadline_ : MonoTime::max(); }

Task<void> Attempt::wait() { return wait_until(deadline()); }

Task<void> Attempt::wait_until(MonoTime deadline) {
    auto waiting = alarm_->wait_until(deadline);
    co_await std::move(waiting);
}

AttemptEnd Attempt::take_end() {
    AttemptEnd end;
    end.how = AttemptEnd::How::abandoned;
    if (end_ && !abandoned_) end = *end_;
    end.cause = cause_;
    return end;
}

}  // namespace lanekeeper
