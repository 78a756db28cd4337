#pragma once
#include "agents/preflight.hpp"
#include "async/time_source.hpp"
#include "queue/definition.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>

namespace lanekeeper {

/// How it came out that a worker is told what it has to know.
struct PreflightEnd {
    enum class What {
        ready,     // the worker takes the job's turn
        not_now,   // the runtime or its provider asks to come back later: `snooze`
        failed,    // `error`, of this class
        unusable,  // the worker is gone, or its thread takes no turn
    };
    PreflightEnd() = default;
    explicit PreflightEnd(What what_) : what(what_) {}
    What what = What::ready;
    SnoozedRun snooze;
    ErrorClass error_class = ErrorClass::retryable;
    std::string error;
};

/// One job's wait for its worker to be ready. The waiter's members on its own executor, `end` from anywhere, once.
class PreflightTicket : public std::enable_shared_from_this<PreflightTicket> {
public:
    PreflightTicket(asio::any_io_executor executor, std::unique_ptr<Alarm> alarm,
                    std::optional<BootstrapInstruction> bootstrap_)
        : bootstrap(std::move(bootstrap_)), executor_(std::move(executor)), alarm_(std::move(alarm)) {}

    const std::optional<BootstrapInstruction> bootstrap;

    const std::optional<PreflightEnd>& ended() const { return end_; }
    /// Until it has ended; look again. Cancellable as its coroutine allows.
    Task<void> wait() { return alarm_->wait(); }

    void leave() { left_ = true; }  // nobody waits any more
    bool left() const { return left_; }

    void end(PreflightEnd end) {
        auto tell = [self = shared_from_this(), end = std::move(end)] {
            self->end_ = end;
            self->alarm_->wake();
        };
        asio::post(executor_, std::move(tell));
    }

private:
    asio::any_io_executor executor_;
    std::unique_ptr<Alarm> alarm_;
    std::optional<PreflightEnd> end_;
    std::atomic<bool> left_ = false;
};

}  // namespace lanekeeper
