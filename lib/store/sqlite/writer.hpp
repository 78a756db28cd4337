#pragma once
#include "store/commit_queue.hpp"
#include "store/published.hpp"
#include "store/sqlite/commit_mark.hpp"
#include "store/sqlite/database.hpp"
#include "store/sqlite/tables.hpp"

#include <memory>
#include <string>

namespace lanekeeper::sqlite {

/// The one thread that writes, and its handle. All mutations that wait are one transaction and one sync (group commit);
/// each is planned on the rows as those before it left them. When a transaction fails, every caller in it gets
/// `StorageUnavailable`, the handle and all that memory knew of its rows are dropped, and the writer opens anew, by
/// itself, until the disk is back.
class Writer {
public:
    /// `opened` is verified; `options.clock` outlives it. Throws `Error`.
    Writer(DatabaseOptions options, OpenedDatabase opened, Store::Listener listener, StatsRecorder& stats);

    Task<Result<Committed>> commit(Mutation mutation);
    Task<bool> retain(RetentionRules rules, WallTime now);
    /// A row that a reader could not understand: moved aside in its own time.
    void set_aside(Unreadable row);
    /// After everything asked for before. Leaves a database without a WAL. No calls after it.
    Task<bool> close();

    bool is_open() const { return queue_->is_open(); }
    StoreState state() const { return published_.get(); }
    /// Nothing when no commits are missing, else words for people.
    std::string lost_commits() const { return lost_commits_; }
    /// Another than the file had, when commits are missing.
    std::string epoch() const { return epoch_; }

private:
    template <class Work>
    void transact(Work work);
    void carry(CommitBatch& batch);
    void look_for_lost_commits();
    void renew_epoch();
    void commit_transaction();
    void publish();
    void require_writable();
    void try_to_reopen();
    void attach(std::unique_ptr<Connection> connection);
    void break_off(const std::string& why);
    void checkpoint(Connection::Checkpoint mode);
    std::optional<Millis> idle();
    void close_now();

    DatabaseOptions options_;
    SystemClock monotonic_;
    std::string epoch_;
    CommitMark mark_;
    std::string lost_commits_;
    Published published_;

    // The thread's own.
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Tables> tables_;
    MonoTime next_attempt_{};
    MonoTime last_work_{};
    bool closed_ = false;

    std::unique_ptr<CommitQueue> queue_;  // last: its thread uses all of the above
};

}  // namespace lanekeeper::sqlite
