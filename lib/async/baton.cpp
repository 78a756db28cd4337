#include "async/baton.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace lanekeeper {

struct Baton::Waiter {
    explicit Waiter(const asio::any_io_executor& executor) : turn(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer turn;
    bool granted = false;
};

Task<Baton::Hold> Baton::take() {
    if (!held_) {
        held_ = true;
        co_return Hold(*this);
    }
    auto waiter = std::make_shared<Waiter>(executor_);
    line_.push_back(waiter);
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    co_await waiter->turn.async_wait(token);
    if (waiter->granted) co_return Hold(*this);
    line_.remove(waiter);
    throw boost::system::system_error(error);
}

void Baton::pass_on() {
    if (line_.empty()) {
        held_ = false;
        return;
    }
    auto next = line_.front();
    line_.pop_front();
    next->granted = true;
    next->turn.cancel();
}

}  // namespace lanekeeper
