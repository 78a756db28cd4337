#pragma once
// Private to the writer's sources.
#include "base/limits.hpp"
#include "store/sqlite/writer.hpp"

namespace lanekeeper::sqlite {

/// Runs `work` as one transaction. False when that failed or cannot be tried now: nothing was committed then, and
/// `state().problem` says why.
template <class Work>
bool Writer::transact(Work work) {
    if (!ensure_writable()) return false;
    try {
        connection_->run("BEGIN IMMEDIATE");
        work();
        commit_transaction();
    } catch (const std::exception& e) {
        break_off(e.what());
        return false;
    }
    if (connection_->wal_pages() >= int(limits::wal_pages)) thread_.post([this] {
        if (connection_) checkpoint(Connection::Checkpoint::passive);
    });
    return true;
}

}  // namespace lanekeeper::sqlite
