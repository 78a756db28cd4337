#include "store/commit_queue.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lanekeeper {

CommitQueue::CommitQueue(Carry carry, Store::Listener listener, StatsRecorder& stats, WorkerThread::Idle idle)
    : carry_(std::move(carry)), listener_(std::move(listener)), stats_(stats), thread_(std::move(idle)) {}

Task<Result<Committed>> CommitQueue::commit(Mutation mutation) {
    auto waiting = std::make_shared<WaitingCommit>(std::move(mutation));
    auto reply = waiting->reply;
    return await_reply(std::move(reply), [this, waiting] { enqueue(waiting); });
}

void CommitQueue::enqueue(std::shared_ptr<WaitingCommit> waiting) {
    std::lock_guard lock(mutex_);
    if (!open_) throw StorageUnavailable("the store is closed");
    if (waiting_.size() >= limits::commit_waiting) throw StorageUnavailable("too many commits are waiting for the disk");
    waiting_.push_back(std::move(waiting));
    if (!std::exchange(scheduled_, true)) thread_.post([this] { run_scheduled(); });
}

bool CommitQueue::has_waiting() const {
    std::lock_guard lock(mutex_);
    return !waiting_.empty();
}

CommitBatch CommitQueue::take_batch() {
    std::lock_guard lock(mutex_);
    auto count = std::ptrdiff_t(std::min(waiting_.size(), limits::commit_batch));
    CommitBatch batch(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + count));
    waiting_.erase(waiting_.begin(), waiting_.begin() + count);
    return batch;
}

// One batch at a time: other work of the thread comes in between.
void CommitQueue::run_scheduled() {
    run_batch();
    std::lock_guard lock(mutex_);
    scheduled_ = !waiting_.empty();
    if (scheduled_) thread_.post([this] { run_scheduled(); });
}

void CommitQueue::drain() {
    while (has_waiting()) run_batch();
}

void CommitQueue::run_batch() {
    auto batch = take_batch();
    if (batch.empty()) return;
    auto started = monotonic_.mono();
    try {
        carry_(batch);
    } catch (const StorageUnavailable& e) {
        refuse(batch, e.what());
        return;
    }
    stats_.committed(std::chrono::duration<double>(monotonic_.mono() - started).count(), batch.size());
    answer(batch);
}

// Everyone has an exception of its own, finished before it is handed over: their threads share nothing.
void CommitQueue::refuse(CommitBatch& batch, const std::string& why) {
    for (auto& waiting : batch) {
        auto error = std::make_exception_ptr(StorageUnavailable(why));
        waiting->reply->fail(std::move(error));
    }
}

void CommitQueue::answer(CommitBatch& batch) {
    std::vector<Event> events;
    for (const auto& waiting : batch)
        if (waiting->outcome && *waiting->outcome)
            std::ranges::copy((*waiting->outcome)->events, std::back_inserter(events));
    if (listener_ && !events.empty()) listener_(events);
    for (auto& waiting : batch) {
        if (waiting->error) waiting->reply->fail(std::move(waiting->error));
        else waiting->reply->answer(std::move(*waiting->outcome));
    }
}

}  // namespace lanekeeper
