// Sessions: what turns run with, and clients' own settings.
#include "agents/session_controls.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

using members::text_or_nothing;

ControlScope scope_of(std::string_view word) { return word == "default" ? ControlScope::defaults : ControlScope::session; }

ControlChange control_change(const json::object& body) {
    ControlChange wanted;
    const json::object& controls = body.at("controls").get_object();
    wanted.scope = scope_of(members::text(body, "scope"));
    if (controls.contains("model")) wanted.model = text_or_nothing(controls, "model");
    wanted.approval_policy = text_or_nothing(controls, "approvalPolicy");
    wanted.network_access = text_or_nothing(controls, "networkAccess");
    wanted.filesystem_sandbox = text_or_nothing(controls, "filesystemSandbox");
    if (const json::object* settings = members::object(controls, "settings")) wanted.settings = *settings;
    wanted.actor = members::text(body, "actor");
    wanted.source = members::text(body, "source");
    return wanted;
}

/// The defaults are everybody's.
Result<void> may_change(const ApiRequest& request, ControlScope scope) {
    if (scope == ControlScope::session || request.role >= Role::admin) return {};
    return Problem("forbidden", "the defaults are changed by administrators");
}

void add_view(json::object& reply, const Services& services, const std::string& session_id, const ControlsView& view) {
    auto& controls = services.sessions.controls();
    auto reason = controls.lock_reason();
    reply["sessionId"] = session_id;
    reply["controls"] = session::to_json(view.controls);
    reply["defaults"] = session::to_json(view.defaults);
    reply["defaultsEditable"] = controls.defaults_editable();
    reply["defaultLockReason"] = members::or_null(reason);
}

}  // namespace

Task<ApiReply> read_controls(Services& services, ApiRequest request) {
    auto view = co_await services.sessions.controls().view(request.param("id"));
    if (!view) co_return refuse(view.error());
    json::object reply{{"status", "ok"}};
    add_view(reply, services, request.param("id"), *view);
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> change_controls(Services& services, ApiRequest request) {
    auto body = read_body(request, controls_body());
    if (!body) co_return refuse(body.error());
    auto wanted = control_change(*body);
    auto scope = wanted.scope;
    auto allowed = may_change(request, scope);
    if (!allowed) co_return refuse(allowed.error());
    auto view = co_await services.sessions.controls().change(request.param("id"), std::move(wanted));
    if (!view) co_return refuse(view.error());
    const auto& applied = scope == ControlScope::session ? view->controls : view->defaults;
    json::object reply{{"status", view->changed ? "ok" : "unchanged"},
                       {"scope", to_word(scope)},
                       {"applied", session::to_json(applied)},
                       {"summary", view->summary}};
    add_view(reply, services, request.param("id"), *view);
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> set_approval_policy(Services& services, ApiRequest request) {
    auto body = read_body(request, policy_body());
    if (!body) co_return refuse(body.error());
    ControlChange wanted;
    wanted.approval_policy = members::text(*body, "approvalPolicy");
    auto view = co_await services.sessions.controls().change(request.param("id"), std::move(wanted));
    if (!view) co_return refuse(view.error());
    auto reply = ok_body(request.param("id"));
    reply["approvalPolicy"] = view->controls.approval_policy;
    co_return ApiReply(200, std::move(reply));
}

}  // namespace lanekeeper::web::sessions
