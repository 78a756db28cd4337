#pragma once
#include "async/nursery.hpp"
#include "async/on_strand.hpp"
#include "queue/core.hpp"

#include <functional>
#include <memory>

namespace lanekeeper {

/// Ends jobs at their `expiresAt`, also when the wall clock jumps past it (noticed within a minute). Runs on a strand of
/// its own; started once, stopped before it is destroyed.
class DeadlineWatch : public std::enable_shared_from_this<DeadlineWatch> {
public:
    /// Ends one job, or asks its run to end; false: not yet, it is to be tried again.
    using Expire = std::function<Task<bool>(std::int64_t key)>;

    DeadlineWatch(QueueCore& core, asio::any_io_executor executor, Expire expire);

    void start();
    Task<void> stop();

private:
    Task<void> stop_here();
    Task<void> watch();
    Task<bool> expire_due();
    Task<void> expire_and_forget(std::int64_t key, WallTime at);
    Task<bool> expire_one(std::int64_t key);

    QueueCore& core_;
    Strand strand_;
    Nursery nursery_;
    Nursery expiring_;      // the watch's, which waits for it
    std::size_t done_ = 0;  // of those that it has started
    std::unique_ptr<Alarm> alarm_;
    Expire expire_;
    bool stopped_ = false;
};

}  // namespace lanekeeper
