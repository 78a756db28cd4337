#pragma once
// Private to the session handlers: what their files share. The routes are in sessions_routes.cpp.
#include "agents/sessions.hpp"
#include "base/schema.hpp"
#include "web/api.hpp"
#include "web/input.hpp"
#include "web/services.hpp"

#include <array>

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

// What queries may say.
inline constexpr std::array list_query = {
    QueryParameter{"archived", QueryParameter::Form::flag, "the archived chats instead of the others"}.or_else("false"),
    QueryParameter{"includeSystemOwned", QueryParameter::Form::flag, "hidden worker sessions too; for operators"}.or_else("false"),
    QueryParameter{"projectId", QueryParameter::Form::text, "only chats of this project"},
    page_limit(limits::page_default, limits::sessions_page_max),
    page_cursor,
};
inline constexpr std::array settings_query = {
    QueryParameter{"scope", QueryParameter::Form::word, "the chat's own settings, or the defaults for all"}
        .of("session, default")
        .or_else("session"),
    QueryParameter{"key", QueryParameter::Form::text, "only this setting: {key, found, value} instead of {settings}"},
};
inline constexpr std::array scope_query = {settings_query[0]};

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
