#pragma once
// Private to the session services: workers whose owner, a chat or a project, goes away (runtime.md 3).
#include "agents/session_core.hpp"

namespace lanekeeper {

/// Whether there is a chat or a project that the owner's name stands for.
bool owner_lives(const session::Directory& directory, const std::string& owner);

/// Whether there was one, and is no more. Other names are lanes that nobody has to store (api.md 5): workers of those live
/// until the next start.
bool owner_is_gone(const session::Directory& directory, const std::string& owner);

/// To be committed with whatever needs the owner to be there still: refused with `record_missing` when it is gone.
RecordPut expect_owner(const std::string& owner);

/// The worker's session, its rows and its mapping, gone; what answers for it from now on. `swept`: nothing can write
/// rows of it any more, so that the next start need not look.
session::Tombstone bury_worker(Effects& effects, const session::Session& worker, WallTime now, bool swept);

/// A worker that works no more: its session, rows and mapping are gone, its thread is the caller's to delete. False: it
/// was gone already. Throws StorageUnavailable.
Task<bool> end_worker(SessionCore& core, session::Session worker);

/// After an owner's deletion: its workers are deleted, and, as far as the runtime lets us, their threads. What cannot be
/// committed now is left to the next start. Their turns are interrupted; the owner's jobs have been cancelled.
Task<void> remove_workers(SessionCore& core, std::string owner);

/// A thread that works for nobody; one that the runtime keeps is the runtime's.
Task<void> delete_worker_thread(SessionCore& core, std::string thread_id);

}  // namespace lanekeeper
