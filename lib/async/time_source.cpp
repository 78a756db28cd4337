#include "async/time_source.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace lanekeeper {
namespace {

class SystemAlarm final : public Alarm {
public:
    explicit SystemAlarm(asio::any_io_executor executor) : timer_(std::move(executor)) {}

    Task<void> wait_until(MonoTime deadline) override {
        boost::system::error_code error;
        if (!woken_) {
            timer_.expires_at(deadline);
            auto token = asio::redirect_error(asio::use_awaitable, error);
            co_await timer_.async_wait(token);
        }
        // An abort that nobody asked for with wake() is a cancellation of the waiter.
        bool aborted = error == asio::error::operation_aborted && !woken_;
        woken_ = false;
        if (aborted) throw boost::system::system_error(error);
    }

    void wake() override {
        woken_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    bool woken_ = false;
};

}  // namespace

std::unique_ptr<Alarm> SystemTime::alarm(asio::any_io_executor executor) {
    return std::make_unique<SystemAlarm>(std::move(executor));
}

Task<void> sleep_until(TimeSource& time, MonoTime deadline) {
    auto executor = co_await asio::this_coro::executor;
    auto alarm = time.alarm(executor);
    while (time.mono() < deadline) co_await alarm->wait_until(deadline);
}

Task<void> pause_for(TimeSource& time, Millis duration) {
    auto deadline = time.mono() + duration;
    co_await sleep_until(time, deadline);
}

}  // namespace lanekeeper
