#pragma once
#include "async/reply.hpp"

#include <boost/asio/post.hpp>

#include <memory>
#include <type_traits>
#include <utility>

namespace lanekeeper {

/// The answer that a posted call owes: when the call is destroyed unrun, its caller is too.
class OwedReply {
public:
    explicit OwedReply(std::shared_ptr<ReplyBase> reply) : reply_(std::move(reply)) {}
    OwedReply(const OwedReply&) = delete;
    OwedReply& operator=(const OwedReply&) = delete;
    ~OwedReply() { reply_->forget(); }

private:
    std::shared_ptr<ReplyBase> reply_;
};

/// Runs `work`, which does not wait, on `home` and returns what it returns, or throws what it throws, on the caller's
/// executor: how a runtime's callers reach its strand. Not cancellable: the answer always comes.
template <class Work, class R = std::invoke_result_t<Work&>>
Task<R> call_on(asio::any_io_executor home, Work work) {
    auto reply = std::make_shared<Reply<R>>();
    auto owed = std::make_shared<OwedReply>(reply);
    auto run = [reply, owed = std::move(owed), work = std::move(work)]() mutable { answer_with(*reply, work); };
    std::function<void()> start = [home = std::move(home), run = std::move(run)]() mutable {
        asio::post(home, std::move(run));
    };
    return await_reply(std::move(reply), std::move(start));
}

}  // namespace lanekeeper
