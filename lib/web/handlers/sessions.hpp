#pragma once
// Private to the session handlers: what their files share. The routes are in sessions_routes.cpp.
#include "agents/sessions.hpp"
#include "base/schema.hpp"
#include "web/api.hpp"
#include "web/services.hpp"

namespace lanekeeper::web::sessions {

// What bodies must look like.
const Schema& create_body();
const Schema& rename_body();
const Schema& project_body();
const Schema& rollback_body();
const Schema& message_body();
const Schema& interrupt_body();
const Schema& steer_body();
const Schema& controls_body();
const Schema& policy_body();
const Schema& settings_body();

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

Task<ApiReply> list_approvals(Services& services, ApiRequest request);
Task<ApiReply> list_tool_input(Services& services, ApiRequest request);
Task<ApiReply> list_tool_calls(Services& services, ApiRequest request);
Task<ApiReply> decide_approval(Services& services, ApiRequest request);
Task<ApiReply> decide_tool_input(Services& services, ApiRequest request);
Task<ApiReply> answer_tool_call(Services& services, ApiRequest request);

}  // namespace lanekeeper::web::sessions
