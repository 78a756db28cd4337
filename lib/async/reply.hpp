#pragma once
#include "async/task.hpp"
#include "async/worker_thread.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace lanekeeper {

/// The waiting end of a `Reply`, whatever its type.
class ReplyBase {
public:
    ReplyBase() = default;
    ReplyBase(const ReplyBase&) = delete;
    ReplyBase& operator=(const ReplyBase&) = delete;

    /// Once, from any thread: ends the wait with this exception.
    void fail(std::exception_ptr error);

    /// Nobody will answer any more (a loop was destroyed with what it had to do): destroys the waiting coroutine.
    /// Nothing happens after an answer.
    void forget();

protected:
    ~ReplyBase() = default;
    void resume();
    void rethrow() {
        if (error_) std::rethrow_exception(std::exchange(error_, nullptr));  // from here on it is the waiter's alone
    }

private:
    friend struct BeginReply;
    std::function<void()> resume_;
    std::exception_ptr error_;
};

/// What another thread owes a coroutine. The answer is given once; the coroutine goes on on its own executor, which is
/// kept busy meanwhile. Waiting is not cancellable: the answer always arrives, and a cancellation that came meanwhile
/// is met at the next await.
template <class R>
class Reply final : public ReplyBase {
public:
    void answer(R value) {
        value_.emplace(std::move(value));
        resume();
    }
    R take() {
        rethrow();
        return std::move(*value_);
    }

private:
    std::optional<R> value_;
};

/// Answers with what `work` returns or throws. The exception is handed over outside of its handler: from then on it
/// belongs to the waiting thread alone.
template <class R, class Work>
void answer_with(Reply<R>& reply, Work& work) {
    std::optional<R> value;
    std::exception_ptr error;
    try {
        value.emplace(work());
    } catch (...) {
        error = std::current_exception();
    }
    if (error) reply.fail(std::move(error));
    else reply.answer(std::move(*value));
}

/// Calls `start` (which hands the reply to the other thread) and returns when the reply has been answered.
Task<void> wait_for_reply(std::shared_ptr<ReplyBase> reply, std::function<void()> start);

template <class R>
Task<R> await_reply(std::shared_ptr<Reply<R>> reply, std::function<void()> start) {
    auto wait = wait_for_reply(reply, std::move(start));
    co_await std::move(wait);
    co_return reply->take();
}

/// Runs `work` on that thread and returns what it returns, or throws what it throws, on the caller's executor.
template <class Work, class R = std::invoke_result_t<Work&>>
Task<R> run_on(WorkerThread& worker, Work work) {
    auto reply = std::make_shared<Reply<R>>();
    auto run = [reply, work = std::move(work)]() mutable { answer_with(*reply, work); };
    std::function<void()> start = [&worker, run = std::move(run)]() mutable { worker.post(std::move(run)); };
    return await_reply(std::move(reply), std::move(start));
}

}  // namespace lanekeeper
