// Sessions (api.md 4): the whole group as one table.
#include "web/handlers/sessions.hpp"
#include "web/routes.hpp"

#include <array>

namespace lanekeeper::web {
namespace {

using Body = Route::Body;

/// Reading: an operator may look at a hidden session.
constexpr Route reads(std::string_view pattern, Handler handler) {
    return {Verb::get, pattern, handler, Role::viewer, Body::none, Route::Guard::readable_session};
}

/// A user operation on one chat: never on a hidden one.
constexpr Route acts(std::string_view pattern, Handler handler, Body body, Verb verb = Verb::post) {
    return {verb, pattern, handler, Role::operator_, body, Route::Guard::user_session};
}

constexpr Route creates(std::string_view pattern, Handler handler, Route::Guard guard) {
    return {Verb::post,         pattern, handler, Role::operator_, Body::optional_json, guard,
            Route::Needs::none, Route::Once::recorded};
}

/// Answers to a runtime's questions, by an id of ours.
constexpr Route answers(std::string_view pattern, Handler handler) {
    return {Verb::post, pattern, handler, Role::operator_, Body::json};
}

constexpr std::array routes = {
    Route{Verb::get, "/api/sessions", sessions::list},
    creates("/api/sessions", sessions::create, Route::Guard::none),
    reads("/api/sessions/:id", sessions::read),
    acts("/api/sessions/:id", sessions::remove, Body::none, Verb::del),
    acts("/api/sessions/:id/rename", sessions::rename, Body::json),
    acts("/api/sessions/:id/project", sessions::assign_project, Body::json),
    acts("/api/sessions/:id/archive", sessions::archive, Body::optional_json),
    acts("/api/sessions/:id/unarchive", sessions::unarchive, Body::optional_json),
    creates("/api/sessions/:id/fork", sessions::fork, Route::Guard::user_session),
    acts("/api/sessions/:id/resume", sessions::resume, Body::optional_json),
    acts("/api/sessions/:id/compact", sessions::compact, Body::optional_json),
    acts("/api/sessions/:id/rollback", sessions::rollback, Body::optional_json),
    acts("/api/sessions/:id/messages", sessions::send_message, Body::json),
    acts("/api/sessions/:id/interrupt", sessions::interrupt, Body::optional_json),
    acts("/api/sessions/:id/turns/:turnId/steer", sessions::steer, Body::json),
    reads("/api/sessions/:id/session-controls", sessions::read_controls),
    acts("/api/sessions/:id/session-controls", sessions::change_controls, Body::json),
    reads("/api/sessions/:id/settings", sessions::read_settings),
    acts("/api/sessions/:id/settings", sessions::write_settings, Body::json),
    acts("/api/sessions/:id/settings/:key", sessions::remove_setting, Body::none, Verb::del),
    acts("/api/sessions/:id/approval-policy", sessions::set_approval_policy, Body::json),
    reads("/api/sessions/:id/approvals", sessions::list_pending),
    reads("/api/sessions/:id/tool-input", sessions::list_pending),
    reads("/api/sessions/:id/tool-calls", sessions::list_pending),
    answers("/api/approvals/:approvalId/decision", sessions::decide_approval),
    answers("/api/tool-input/:requestId/decision", sessions::decide_tool_input),
    answers("/api/tool-calls/:requestId/response", sessions::answer_tool_call),
};

}  // namespace

std::span<const Route> session_routes() { return routes; }

}  // namespace lanekeeper::web
