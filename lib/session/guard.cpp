#include "session/guard.hpp"

namespace lanekeeper::session {
namespace {

Problem deleted(const Tombstone& tombstone) {
    return {"deleted", "the session was deleted",
            json::object{{"sessionId", tombstone.id}, {"title", tombstone.title}, {"deletedAt", iso(tombstone.deleted_at)}}};
}

Problem system_session(const std::string& id) {
    return {"system_session", "the session belongs to the system and takes no user operations", json::object{{"sessionId", id}}};
}

}  // namespace

Problem session_not_found(const std::string& id) {
    return {"not_found", "there is no such session", json::object{{"sessionId", id}}};
}

Result<void> require_readable(const Directory& directory, const std::string& id, bool operator_role) {
    auto stone = directory.tombstone(id);
    if (stone) return deleted(*stone);
    auto session = directory.find(id);
    if (!session) return session_not_found(id);
    if (session->system_owned && !operator_role) return system_session(id);
    return {};
}

Result<void> require_user_session(const Directory& directory, const std::string& id) {
    return require_readable(directory, id, false);
}

Result<void> require_project(const Directory& directory, const std::string& id) {
    if (directory.project(id)) return {};
    return Problem("not_found", "there is no such project", json::object{{"projectId", id}});
}

}  // namespace lanekeeper::session
