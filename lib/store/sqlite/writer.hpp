#pragma once
#include "async/reply.hpp"
#include "async/worker_thread.hpp"
#include "store/sqlite/commit_mark.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/tables.hpp"
#include "store/stats.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace lanekeeper::sqlite {

/// What others may know of the writer without asking its thread.
struct WriterState {
    CountSummary counts;
    Marks marks;
    bool open = false;
    std::string problem;  // why it cannot write now
};

/// The one thread that writes, and its handle. All mutations that wait are one transaction and one sync (group commit);
/// each is planned on the rows as those before it left them. When a transaction fails, every caller in it gets
/// `StorageUnavailable`, the handle and all that memory knew of its rows are dropped, and the writer opens anew, by
/// itself, until the disk is back.
class Writer {
public:
    using Listener = std::function<void(const std::vector<Event>&)>;

    /// `opened` is verified; `options.clock` outlives it. Throws `Error`.
    Writer(DatabaseOptions options, OpenedDatabase opened, Listener listener, StatsRecorder& stats);
    ~Writer();

    Task<Result<Committed>> commit(Mutation mutation);
    Task<bool> retain(RetentionRules rules, WallTime now);
    /// A row that a reader could not understand: moved aside in its own time.
    void set_aside(Unreadable row);
    /// After everything asked for before. Leaves a database without a WAL. No calls after it.
    Task<bool> close();

    WriterState state() const;
    /// Nothing when no commits are missing, else words for people.
    std::string lost_commits() const { return lost_commits_; }

private:
    struct Waiting;
    using Batch = std::vector<std::shared_ptr<Waiting>>;

    void enqueue(std::shared_ptr<Waiting> waiting);
    bool has_waiting() const;
    Batch take_batch();
    void run_batch();
    void plan_and_write(Waiting& waiting);
    void answer(Batch& batch);
    void fail(Batch& batch);

    template <class Work>
    bool transact(Work work);
    void commit_transaction();
    void publish();
    bool ensure_writable();
    void attach(std::unique_ptr<Connection> connection);
    void break_off(const std::string& why);
    void require_writable();
    void checkpoint(Connection::Checkpoint mode);
    std::optional<Millis> idle();
    void close_now();

    DatabaseOptions options_;
    Listener listener_;
    StatsRecorder& stats_;
    SystemClock monotonic_;
    CommitMark mark_;
    std::string lost_commits_;

    // The thread's own.
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Tables> tables_;
    MonoTime next_attempt_{};
    MonoTime last_work_{};

    mutable std::mutex mutex_;  // guards what follows
    std::deque<std::shared_ptr<Waiting>> waiting_;
    bool scheduled_ = false;
    WriterState state_;

    WorkerThread thread_;  // last: it uses all of the above
};

}  // namespace lanekeeper::sqlite
