#pragma once
// Private to the writer's sources.
#include "base/limits.hpp"
#include "store/sqlite/writer.hpp"

namespace lanekeeper::sqlite {

/// Runs `work` as one transaction. Throws `StorageUnavailable` when that failed or cannot be tried now: nothing was
/// committed then.
template <class Work>
void Writer::transact(Work work) {
    require_writable();
    try {
        connection_->run("BEGIN IMMEDIATE");
        work();
        commit_transaction();
    } catch (const std::exception& e) {
        break_off(e.what());
        throw StorageUnavailable(e.what());
    }
    if (connection_->wal_pages() < int(limits::wal_pages)) return;
    queue_->thread().post([this] {
        if (connection_) checkpoint(Connection::Checkpoint::passive);
    });
}

}  // namespace lanekeeper::sqlite
