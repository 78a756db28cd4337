#pragma once
#include "session/directory.hpp"

namespace lanekeeper::session {

/// The one guard of user operations (orchestrator-queue.md, Orchestrator Session Isolation). Refuses, in this order:
/// `deleted` {sessionId, title, deletedAt}, `system_session` {sessionId}, `not_found` {sessionId}.
Result<void> require_user_session(const Directory& directory, const std::string& id);

/// The guard of reading: as above, but an operator may read a hidden session.
Result<void> require_readable(const Directory& directory, const std::string& id, bool operator_role);

/// `not_found` {projectId}.
Result<void> require_project(const Directory& directory, const std::string& id);

Problem session_not_found(const std::string& id);

}  // namespace lanekeeper::session
