#include "web/deadline.hpp"

namespace lanekeeper::web {

Deadline::Deadline(TimeSource& time, asio::any_io_executor executor, std::function<void()> expire)
    : time_(time), alarm_(time.alarm(std::move(executor))), expire_(std::move(expire)) {}

void Deadline::set(Millis from_now) {
    due_ = time_.mono() + from_now;
    expired_ = false;
    if (due_ < waiting_for_) alarm_->wake();
}

void Deadline::clear() {
    due_ = MonoTime::max();
    expired_ = false;
}

Task<void> Deadline::run() {
    while (!closed_) {
        waiting_for_ = due_;
        co_await alarm_->wait_until(due_);
        if (closed_ || time_.mono() < due_) continue;
        due_ = MonoTime::max();
        expired_ = true;
        expire_();
    }
}

void Deadline::close() {
    closed_ = true;
    alarm_->wake();
}

}  // namespace lanekeeper::web
