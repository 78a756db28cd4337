#pragma once
#include "async/time_source.hpp"
#include "queue/remote/claim_line.hpp"
#include "queue/remote/claims.hpp"

#include <boost/asio/post.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>

namespace lanekeeper {

/// Somebody who asks for a job, as both see him: the one who waits, on his own executor, and the one who serves.
struct Claimant : std::enable_shared_from_this<Claimant> {
    using Answer = Result<std::optional<Claimed>>;
    enum class At { outside, waiting, served, answered };

    Claimant(ClaimRequest request_, asio::any_io_executor executor_, TimeSource& time)
        : request(std::move(request_)), executor(executor_), bell(time.alarm(std::move(executor_))) {}

    const ClaimRequest request;

    // Of the one who serves.
    ClaimLine::Place place = 0;
    At at = At::outside;
    std::optional<Answer> answer;
    std::exception_ptr failure;  // instead of an answer

    // Of the one who waits.
    const asio::any_io_executor executor;
    const std::unique_ptr<Alarm> bell;
    std::atomic<bool> withdrawn{false};

    /// Nobody is there any more to be given anything. Any thread.
    bool lost() const { return withdrawn.load() || (request.presence && request.presence->gone()); }
    /// Any thread.
    void ring() {
        asio::post(executor, [self = shared_from_this()] { self->bell->wake(); });
    }
};

using ClaimantPtr = std::shared_ptr<Claimant>;

}  // namespace lanekeeper
