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
