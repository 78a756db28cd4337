#include "async/worker_thread.hpp"

#include <utility>

namespace lanekeeper {

WorkerThread::WorkerThread(Idle idle) : idle_(std::move(idle)), thread_([this] { run(); }) {}

WorkerThread::~WorkerThread() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void WorkerThread::post(Work work) {
    {
        std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
    }
    wake_.notify_one();
}

void WorkerThread::run() {
    while (auto work = next()) (*work)();
}

std::optional<WorkerThread::Work> WorkerThread::next() {
    std::unique_lock lock(mutex_);
    while (queue_.empty()) {
        if (stopping_) return {};
        std::optional<Millis> again;
        if (idle_) {
            lock.unlock();
            again = idle_();
            lock.lock();
        }
        wait(lock, again);
    }
    auto work = std::move(queue_.front());
    queue_.pop_front();
    return work;
}

void WorkerThread::wait(std::unique_lock<std::mutex>& lock, std::optional<Millis> at_most) {
    auto something = [this] { return stopping_ || !queue_.empty(); };
    if (at_most) wake_.wait_for(lock, *at_most, something);
    else wake_.wait(lock, something);
}

}  // namespace lanekeeper
