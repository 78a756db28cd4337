#pragma once
// Private to the session handlers: what their files share. The routes are in sessions_routes.cpp.
#include "agents/sessions.hpp"
#include "base/schema.hpp"
#include "web/api.hpp"
#include "web/services.hpp"

namespace lanekeeper::web::sessions {

// Words of session controls (config.md).
Schema model_field();
Schema effort_field();
Schema approval_policy_field();
Schema network_access_field();
Schema sandbox_field();

/// {session, thread}, with the transcript on demand.
json::object view_body(const SessionView& view);
json::object ok_body(const std::string& session_id);

Task<ApiReply> list(Services& services, ApiRequest request);
Task<ApiReply> read(Services& services, ApiRequest request);
Task<ApiReply> create(Services& services, ApiRequest request);
Task<ApiReply> rename(Services& services, ApiRequest request);
Task<ApiReply> assign_project(Services& services, ApiRequest request);
Task<ApiReply> archive(Services& services, ApiRequest request);
Task<ApiReply> unarchive(Services& services, ApiRequest request);
Task<ApiReply> remove(Services& services, ApiRequest request);
Task<ApiReply> fork(Services& services, ApiRequest request);
Task<ApiReply> resume(Services& services, ApiRequest request);
Task<ApiReply> compact(Services& services, ApiRequest request);
Task<ApiReply> rollback(Services& services, ApiRequest request);

Task<ApiReply> send_message(Services& services, ApiRequest request);
Task<ApiReply> interrupt(Services& services, ApiRequest request);
Task<ApiReply> steer(Services& services, ApiRequest request);

Task<ApiReply> read_controls(Services& services, ApiRequest request);
Task<ApiReply> change_controls(Services& services, ApiRequest request);
Task<ApiReply> set_approval_policy(Services& services, ApiRequest request);
Task<ApiReply> read_settings(Services& services, ApiRequest request);
Task<ApiReply> write_settings(Services& services, ApiRequest request);
Task<ApiReply> remove_setting(Services& services, ApiRequest request);

Task<ApiReply> list_pending(Services& services, ApiRequest request);
Task<ApiReply> decide_approval(Services& services, ApiRequest request);
Task<ApiReply> decide_tool_input(Services& services, ApiRequest request);
Task<ApiReply> answer_tool_call(Services& services, ApiRequest request);

}  // namespace lanekeeper::web::sessions
