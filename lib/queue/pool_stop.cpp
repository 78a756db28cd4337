// The end of the pool, in the steps of queue.md 7.
#include "queue/pool.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {

void Pool::shut() {
    asio::post(strand_, [self = shared_from_this()] {
        self->open_ = false;
        self->timer_->wake();
    });
}

void Pool::hurry() {
    asio::post(strand_, [self = shared_from_this()] {
        self->hurried_ = true;
        self->quiet_->wake();
    });
}

void Pool::ask_running_to_end() {
    asio::post(strand_, [self = shared_from_this()] {
        for (const auto& [number, worker] : self->workers_)
            worker->supervisor().ask_to_end(StopCause(StopCause::Kind::shutdown, "shutdown"));
    });
}

void Pool::force_running() {
    asio::post(strand_, [self = shared_from_this()] {
        for (const auto& [number, worker] : self->workers_) worker->supervisor().force();
    });
}

void Pool::dismiss_runners() {
    asio::post(strand_, [self = shared_from_this()] {
        self->freeing_.cancel_all(asio::cancellation_type::terminal);
        self->nursery_.cancel_all(asio::cancellation_type::terminal);
    });
}

Task<bool> Pool::await_no_running(MonoTime deadline, bool may_hurry) {
    while (busy() > 0 && !(may_hurry && hurried_) && core_.time.mono() < deadline) {
        auto waiting = quiet_->wait_until(deadline);
        co_await std::move(waiting);
    }
    co_return busy() == 0;
}

Task<std::vector<std::string>> Pool::await_runners(MonoTime deadline) {
    while (nursery_.size() > 0 && core_.time.mono() < deadline) {
        auto waiting = quiet_->wait_until(deadline);
        co_await std::move(waiting);
    }
    co_return nursery_.names();
}

Task<std::vector<std::string>> Pool::list_running() {
    std::vector<std::string> jobs;
    for (const auto& [number, worker] : workers_)
        if (const auto& attempt = worker->supervisor().running()) jobs.push_back(attempt->job.id());
    co_return jobs;
}

Task<bool> Pool::wait_no_running(MonoTime deadline, bool may_hurry) {
    auto work = await_no_running(deadline, may_hurry);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<std::vector<std::string>> Pool::wait_runners(MonoTime deadline) {
    auto work = await_runners(deadline);
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}
Task<std::vector<std::string>> Pool::running_jobs() {
    auto work = list_running();
    auto hopping = on_strand(strand_, std::move(work));
    co_return co_await std::move(hopping);
}

}  // namespace lanekeeper
