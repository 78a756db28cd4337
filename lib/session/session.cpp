#include "session/session.hpp"

#include "base/members.hpp"

namespace lanekeeper::session {

using namespace members;

json::object to_json(const Controls& controls) {
    return {{"model", or_null(controls.model)},
            {"approvalPolicy", controls.approval_policy},
            {"networkAccess", controls.network_access},
            {"filesystemSandbox", controls.filesystem_sandbox},
            {"settings", controls.settings}};
}

Controls controls_from_json(const json::object& object) {
    Controls controls;
    controls.model = text_or_nothing(object, "model");
    controls.approval_policy = text(object, "approvalPolicy");
    controls.network_access = text(object, "networkAccess");
    controls.filesystem_sandbox = text(object, "filesystemSandbox");
    if (const json::object* settings = members::object(object, "settings")) controls.settings = *settings;
    return controls;
}

json::object to_json(const Session& session) {
    return {{"sessionId", session.id},
            {"runtimeThreadId", session.runtime_thread_id},
            {"title", session.title},
            {"projectId", or_null(session.project_id)},
            {"cwd", or_null(session.cwd)},
            {"modelProvider", session.model_provider},
            {"source", session.source},
            {"materialized", session.materialized},
            {"archived", session.archived},
            {"controls", to_json(session.controls)},
            {"createdAt", to_ms(session.created_at)},
            {"updatedAt", to_ms(session.updated_at)},
            {"systemOwned", session.system_owned},
            {"owner", session.owner},
            {"agent", session.agent}};
}

Session session_from_json(const json::object& object) {
    Session session;
    session.id = text(object, "sessionId");
    session.runtime_thread_id = text(object, "runtimeThreadId");
    session.title = text(object, "title");
    session.project_id = text_or_nothing(object, "projectId");
    session.cwd = text_or_nothing(object, "cwd");
    session.model_provider = text(object, "modelProvider");
    session.source = text(object, "source");
    session.materialized = flag(object, "materialized");
    session.archived = flag(object, "archived");
    if (const json::object* controls = members::object(object, "controls")) session.controls = controls_from_json(*controls);
    session.created_at = from_ms(integer(object, "createdAt"));
    session.updated_at = from_ms(integer(object, "updatedAt"));
    session.system_owned = flag(object, "systemOwned");
    session.owner = text(object, "owner");
    session.agent = text(object, "agent");
    return session;
}

json::object summary(const Session& session) {
    json::object view{{"sessionId", session.id},
                      {"title", session.title},
                      {"materialized", session.materialized},
                      {"modelProvider", session.model_provider},
                      {"approvalPolicy", session.controls.approval_policy},
                      {"sessionControls", to_json(session.controls)},
                      {"createdAt", to_ms(session.created_at) / 1000},
                      {"updatedAt", to_ms(session.updated_at) / 1000},
                      {"cwd", or_null(session.cwd)},
                      {"source", session.source},
                      {"projectId", or_null(session.project_id)},
                      {"archived", session.archived}};
    if (session.system_owned) {
        view["systemOwned"] = true;
        view["owner"] = session.owner;
        view["agent"] = session.agent;
    }
    return view;
}

json::object to_json(const Tombstone& tombstone) {
    return {{"sessionId", tombstone.id}, {"title", tombstone.title}, {"deletedAt", to_ms(tombstone.deleted_at)}};
}

Tombstone tombstone_from_json(const json::object& object) {
    Tombstone tombstone;
    tombstone.id = text(object, "sessionId");
    tombstone.title = text(object, "title");
    tombstone.deleted_at = from_ms(integer(object, "deletedAt"));
    return tombstone;
}

json::object overlay(const json::object& existing, json::object incoming) {
    json::object merged = existing;
    for (auto& member : incoming) merged[member.key()] = std::move(member.value());
    return merged;
}

}  // namespace lanekeeper::session
