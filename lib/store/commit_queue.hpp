#pragma once
#include "async/reply.hpp"
#include "async/worker_thread.hpp"
#include "store/plan.hpp"
#include "store/rows_error.hpp"
#include "store/stats.hpp"
#include "store/store.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace lanekeeper {

/// One mutation that waits for the disk, and its caller.
struct WaitingCommit {
    explicit WaitingCommit(Mutation asked) : mutation(std::move(asked)) {}
    Mutation mutation;
    std::optional<Result<Committed>> outcome;
    std::exception_ptr error;  // of a merge function
    std::shared_ptr<Reply<Result<Committed>>> reply = std::make_shared<Reply<Result<Committed>>>();
};

using CommitBatch = std::vector<std::shared_ptr<WaitingCommit>>;

/// Plans one mutation on the rows and hands the plan to `write`; keeps what came of it, or what a merge function threw.
/// After a `RowsError` the driver has to look whether its transaction goes on.
template <class Write>
void carry_out(WaitingCommit& waiting, Rows& rows, Write write) {
    std::optional<Result<Plan>> plan;
    try {
        plan = plan_mutation(rows, std::move(waiting.mutation));
    } catch (const StorageUnavailable&) {
        throw;
    } catch (const RowsError& e) {
        waiting.error = std::make_exception_ptr(StorageUnavailable(e.what()));
        return;
    } catch (...) {
        waiting.error = std::current_exception();
        return;
    }
    if (!*plan) waiting.outcome = plan->error();
    else waiting.outcome = write(std::move(**plan));
}

/// Group commit: a thread that takes all mutations waiting as one batch, has them made durable together, tells the
/// listener, then answers their callers.
class CommitQueue {
public:
    /// On the thread: gives every member of the batch its outcome or error and makes them durable, or throws
    /// `StorageUnavailable` when none of them is.
    using Carry = std::function<void(CommitBatch&)>;

    CommitQueue(Carry carry, Store::Listener listener, StatsRecorder& stats, WorkerThread::Idle idle = {});

    Task<Result<Committed>> commit(Mutation mutation);
    WorkerThread& thread() { return thread_; }

    bool is_open() const { return open_; }
    /// Later commits fail; those that wait are still carried out.
    void stop_admission() { open_ = false; }
    /// On the thread: everything that waits, now.
    void drain();

private:
    void enqueue(std::shared_ptr<WaitingCommit> waiting);
    bool has_waiting() const;
    CommitBatch take_batch();
    void run_batch();
    void run_scheduled();
    void refuse(CommitBatch& batch, const std::string& why);
    void answer(CommitBatch& batch);

    Carry carry_;
    Store::Listener listener_;
    StatsRecorder& stats_;
    SystemClock monotonic_;
    std::atomic<bool> open_ = true;
    mutable std::mutex mutex_;
    std::deque<std::shared_ptr<WaitingCommit>> waiting_;
    bool scheduled_ = false;
    WorkerThread thread_;  // last: it uses all of the above
};

}  // namespace lanekeeper
