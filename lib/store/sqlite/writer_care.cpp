// The writer's handle: transactions, what happens when one fails, checkpoints, the end.
#include "base/limits.hpp"
#include "base/log.hpp"
#include "store/sqlite/writer_transact.hpp"

#include <fmt/format.h>

namespace lanekeeper::sqlite {
namespace {

constexpr Millis idle_before_checkpoint{200};

}  // namespace

void Writer::commit_transaction() {
    tables_->save_marks();
    connection_->run("COMMIT");
    mark_.write(tables_->marks().commits);
    publish();
    last_work_ = monotonic_.mono();
}

void Writer::publish() {
    const auto& marks = tables_->marks();
    bool recovered = published_.committed(tables_->counters(), marks.seq, marks.job_key);
    if (recovered) log_info("store writes again", {{"path", options_.path}});
}

/// A failed commit may have left anything in the handle's cache, and a failed sync must not be asked for again on it.
void Writer::break_off(const std::string& why) {
    if (published_.failed(why)) log_error("store cannot write", {{"path", options_.path}, {"why", why}});
    tables_.reset();
    connection_.reset();
    next_attempt_ = monotonic_.mono() + options_.probe;
}

/// The other handle keeps the file's shared memory alive, so the log ends where the last good commit ended, and what
/// is written next goes over what failed.
void Writer::try_to_reopen() {
    if (monotonic_.mono() < next_attempt_) return;
    try {
        attach(reopen_database(options_));
        publish();
    } catch (const std::exception& e) {
        break_off(e.what());
    }
}

void Writer::require_writable() {
    if (!connection_ && !closed_) try_to_reopen();
    if (!connection_) throw StorageUnavailable(closed_ ? "the store is closed" : published_.problem());
}

void Writer::attach(std::unique_ptr<Connection> connection) {
    auto tables = std::make_unique<Tables>(*connection, *options_.clock);
    tables_ = std::move(tables);
    connection_ = std::move(connection);
}

void Writer::checkpoint(Connection::Checkpoint mode) {
    try {
        connection_->checkpoint(mode);
    } catch (const Error& e) {
        break_off(e.what());
    }
}

std::optional<Millis> Writer::idle() {
    if (closed_) return {};
    if (!connection_) try_to_reopen();
    if (!connection_) return options_.probe;
    if (connection_->wal_pages() == 0) return {};
    auto rested = std::chrono::duration_cast<Millis>(monotonic_.mono() - last_work_);
    if (rested < idle_before_checkpoint) return idle_before_checkpoint - rested;
    checkpoint(Connection::Checkpoint::passive);
    return connection_ ? std::optional<Millis>() : options_.probe;
}

void Writer::close_now() {
    queue_->drain();
    closed_ = true;
    if (connection_) checkpoint(Connection::Checkpoint::truncate);
    tables_.reset();
    connection_.reset();
}

}  // namespace lanekeeper::sqlite
