#include "async/reply.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace lanekeeper {

// Runs on the coroutine's executor once it is suspended. The handler can only be moved, and functions are copied: it is
// shared.
struct BeginReply {
    BeginReply(std::shared_ptr<ReplyBase> reply_, std::function<void()> start_)
        : reply(std::move(reply_)), start(std::move(start_)) {}
    std::shared_ptr<ReplyBase> reply;
    std::function<void()> start;

    template <class Handler>
    void operator()(Handler&& handler) {
        auto shared = std::make_shared<std::decay_t<Handler>>(std::forward<Handler>(handler));
        asio::any_io_executor home = asio::get_associated_executor(*shared);
        asio::any_io_executor busy = asio::prefer(home, asio::execution::outstanding_work.tracked);
        reply->resume_ = [shared, busy] { asio::post(busy, std::move(*shared)); };
        // A start that throws (no memory) must not run away with a stored handler.
        try {
            start();
        } catch (...) {
            reply->fail(std::current_exception());
        }
    }
};

void ReplyBase::resume() {
    auto go_on = std::exchange(resume_, nullptr);
    if (go_on) go_on();
}

void ReplyBase::fail(std::exception_ptr error) {
    error_ = std::move(error);
    resume();
}

void ReplyBase::forget() { auto waiting = std::exchange(resume_, nullptr); }

Task<void> wait_for_reply(std::shared_ptr<ReplyBase> reply, std::function<void()> start) {
    BeginReply begin(std::move(reply), std::move(start));
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(begin), asio::use_awaitable);
}

}  // namespace lanekeeper
