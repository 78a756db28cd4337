#include "agents/worker_owners.hpp"

#include "agents/session_records.hpp"
#include "agents/worker_sessions.hpp"
#include "base/log.hpp"

namespace lanekeeper {
namespace {

/// An id that only `Projects` makes.
bool is_project_id(const std::string& owner) {
    constexpr std::string_view prefix = "proj_";
    constexpr std::size_t digits = 26;
    if (owner.size() != prefix.size() + digits || !owner.starts_with(prefix)) return false;
    return owner.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz", prefix.size()) == owner.npos;
}

Task<void> remove_worker(SessionCore& core, session::Session worker) {
    bool ended = co_await end_worker(core, worker);
    if (ended) co_await delete_worker_thread(core, worker.runtime_thread_id);
}

}  // namespace

Task<bool> end_worker(SessionCore& core, session::Session worker) {
    {
        auto quiet = co_await core.locks.acquire(rows_lock(worker.id));
        if (!core.directory.find(worker.id)) co_return false;
        Effects effects;
        auto stone = bury_worker(effects, worker, core.now(), false);
        auto committed = co_await core.commit(std::move(effects));
        if (!committed) co_return false;
        core.directory.bury(stone);
    }
    core.turns.forget(worker.id);
    log_info("worker session deleted", {{"projectId", worker.owner}, {"agent", worker.agent}, {"sessionId", worker.id}});
    co_return true;
}

bool owner_lives(const session::Directory& directory, const std::string& owner) {
    if (is_pool_owner(owner)) return true;
    auto chat = owner_session(owner);
    return chat ? directory.find(*chat).has_value() : directory.project(owner).has_value();
}

bool owner_is_gone(const session::Directory& directory, const std::string& owner) {
    return !owner_lives(directory, owner) && (owner_session(owner) || is_project_id(owner));
}

RecordPut expect_owner(const std::string& owner) {
    auto chat = owner_session(owner);
    return chat ? patch_session(*chat, {}) : expect_project(owner);
}

session::Tombstone bury_worker(Effects& effects, const session::Session& worker, WallTime now, bool swept) {
    session::Tombstone stone;
    stone.id = worker.id;
    stone.title = worker.title;
    stone.deleted_at = now;
    delete_rows(effects, worker.id);
    effects.deletes.emplace_back(std::string(session_kind), "", worker.id);
    effects.deletes.emplace_back(std::string(worker_kind), worker.owner, worker.agent);
    effects.puts.push_back(put_tombstone(stone, swept));
    return stone;
}

Task<void> delete_worker_thread(SessionCore& core, std::string thread_id) {
    try {
        co_await core.runtime.delete_thread(thread_id);
    } catch (const std::runtime_error& e) {
        log_info("runtime kept a worker's thread", {{"threadId", thread_id}, {"error", e.what()}});
    }
}

Task<void> remove_workers(SessionCore& core, std::string owner) {
    auto workers = core.directory.workers_of(owner);
    try {
        for (const auto& worker : workers) co_await remove_worker(core, worker);
    } catch (const StorageUnavailable& e) {
        log_warn("workers of a deleted owner left to the next start", {{"projectId", owner}, {"error", e.what()}});
    }
}

}  // namespace lanekeeper
