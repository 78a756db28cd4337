#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/time.hpp"

namespace lanekeeper {

/// A thread that does what it is given, in order. It owns what may block (files, databases), so that no event loop does.
/// Its destructor lets everything that was posted run, then joins. Tasks must not throw.
class WorkerThread {
public:
    using Work = std::function<void()>;
    /// Called on the thread whenever it runs out of work; says after how long to call it again if nothing comes
    /// meanwhile (nothing: not before there has been work again).
    using Idle = std::function<std::optional<Millis>()>;

    explicit WorkerThread(Idle idle = {});
    ~WorkerThread();
    WorkerThread(const WorkerThread&) = delete;
    WorkerThread& operator=(const WorkerThread&) = delete;

    /// From any thread.
    void post(Work work);

private:
    void run();
    std::optional<Work> next();
    void wait(std::unique_lock<std::mutex>& lock, std::optional<Millis> at_most);

    Idle idle_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> queue_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

}  // namespace lanekeeper
