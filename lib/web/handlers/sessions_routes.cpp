// Sessions (api.md 4): the whole group as one table.
#include "agents/question.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"
#include "web/routes.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

using Body = Route::Body;

/// Reading: an operator may look at a hidden session.
constexpr Route reads(std::string_view pattern, Handler handler) {
    return {Verb::get, pattern, handler, Role::viewer, Body::none, Route::Guard::readable_session};
}

using BodySchema = const Schema& (*)();

/// A user operation on one chat: never on a hidden one.
constexpr Route acts(std::string_view pattern, Handler handler, Body body, BodySchema schema) {
    return Route{Verb::post, pattern, handler, Role::operator_, body, Route::Guard::user_session}.accepting(schema);
}

/// What is said twice under one key is said once.
constexpr Route once(Route route) {
    route.once = Route::Once::recorded;
    return route;
}

constexpr Route removes(std::string_view pattern, Handler handler) {
    return {Verb::del, pattern, handler, Role::operator_, Body::none, Route::Guard::user_session};
}

constexpr Route creates(std::string_view pattern, Handler handler, Route::Guard guard, BodySchema schema) {
    return Route{Verb::post,         pattern, handler, Role::operator_, Body::optional_json, guard,
                 Route::Needs::none, Route::Once::recorded}
        .accepting(schema);
}

/// Answers to a runtime's questions, by an id of ours.
constexpr Route answers(std::string_view pattern, Handler handler, BodySchema schema) {
    return Route{Verb::post, pattern, handler, Role::operator_, Body::json}.accepting(schema);
}

constexpr std::array routes = {
    Route{Verb::get, "/api/sessions", sessions::list}.taking(sessions::list_query),
    creates("/api/sessions", sessions::create, Route::Guard::none, sessions::create_body).asking("thread/start"),
    reads("/api/sessions/:id", sessions::read),
    removes("/api/sessions/:id", sessions::remove).asking("thread/delete"),
    acts("/api/sessions/:id/rename", sessions::rename, Body::json, sessions::rename_body).asking("thread/name/set"),
    acts("/api/sessions/:id/project", sessions::assign_project, Body::json, sessions::project_body),
    acts("/api/sessions/:id/archive", sessions::archive, Body::optional_json, empty_body).asking("thread/archive"),
    acts("/api/sessions/:id/unarchive", sessions::unarchive, Body::optional_json, empty_body).asking("thread/unarchive"),
    creates("/api/sessions/:id/fork", sessions::fork, Route::Guard::user_session, empty_body).asking("thread/fork"),
    acts("/api/sessions/:id/resume", sessions::resume, Body::optional_json, empty_body).asking("thread/resume"),
    acts("/api/sessions/:id/compact", sessions::compact, Body::optional_json, empty_body).asking("thread/compact/start"),
    acts("/api/sessions/:id/rollback", sessions::rollback, Body::optional_json, sessions::rollback_body).asking("thread/revert"),
    once(acts("/api/sessions/:id/messages", sessions::send_message, Body::json, sessions::message_body)).asking("turn/start"),
    acts("/api/sessions/:id/interrupt", sessions::interrupt, Body::optional_json, sessions::interrupt_body).asking("turn/interrupt"),
    once(acts("/api/sessions/:id/turns/:turnId/steer", sessions::steer, Body::json, sessions::steer_body)).asking("turn/steer"),
    reads("/api/sessions/:id/session-controls", sessions::read_controls),
    acts("/api/sessions/:id/session-controls", sessions::change_controls, Body::json, sessions::controls_body),
    reads("/api/sessions/:id/settings", sessions::read_settings).taking(sessions::settings_query),
    acts("/api/sessions/:id/settings", sessions::write_settings, Body::json, sessions::settings_body),
    removes("/api/sessions/:id/settings/:key", sessions::remove_setting).taking(sessions::scope_query),
    acts("/api/sessions/:id/approval-policy", sessions::set_approval_policy, Body::json, sessions::policy_body),
    reads("/api/sessions/:id/approvals", sessions::list_approvals),
    reads("/api/sessions/:id/tool-input", sessions::list_tool_input),
    reads("/api/sessions/:id/tool-calls", sessions::list_tool_calls),
    answers("/api/approvals/:approvalId/decision", sessions::decide_approval, approval_decision_body),
    answers("/api/tool-input/:requestId/decision", sessions::decide_tool_input, tool_input_decision_body),
    answers("/api/tool-calls/:requestId/response", sessions::answer_tool_call, tool_call_response_body),
};

}  // namespace

std::span<const Route> session_routes() { return routes; }

}  // namespace lanekeeper::web
