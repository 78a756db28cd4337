// Sessions: clients' own settings, by key.
#include "agents/session_controls.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

Result<ControlScope> read_scope(const std::optional<std::string>& word) {
    if (!word || *word == "session") return ControlScope::session;
    if (*word == "default") return ControlScope::defaults;
    return invalid_input("invalid_value", {"query", "scope"}, "scope must be one of: session, default");
}

Result<void> may_change(const ApiRequest& request, ControlScope scope) {
    if (scope == ControlScope::session || request.role >= Role::admin) return {};
    return Problem("forbidden", "the defaults are changed by administrators");
}

/// {settings, mode?} or {key, value}, not both.
Result<void> check_form(const json::object& body) {
    bool one = body.contains("key"), many = body.contains("settings");
    if (one == many) return invalid_input("invalid_value", {"settings"}, "give either settings or a key with its value");
    if (one && !body.contains("value")) return invalid_input("required", {"value"}, "is required beside key");
    if (many && body.contains("value")) return invalid_input("unknown_field", {"value"}, "goes with key only");
    if (one && body.contains("mode")) return invalid_input("unknown_field", {"mode"}, "goes with settings only");
    return {};
}

Result<void> check_keys(const json::object& settings) {
    static const Schema key = Schema::line(1, limits::setting_key_chars);
    for (const auto& member : settings) {
        auto issues = key.check(json::value(member.key()));
        if (!issues.empty()) return invalid_input("invalid_value", {"settings", member.key()}, "the key " + issues.front().message);
    }
    return {};
}

ControlChange settings_change(const json::object& body, ControlScope scope) {
    ControlChange wanted;
    wanted.scope = scope;
    wanted.quiet = true;
    if (body.contains("key")) wanted.settings_over[members::text(body, "key")] = body.at("value");
    else if (members::text(body, "mode") == "replace") wanted.settings = body.at("settings").get_object();
    else wanted.settings_over = body.at("settings").get_object();
    return wanted;
}

json::object reply_body(const char* status, const std::string& session_id, ControlScope scope) {
    return {{"status", status}, {"sessionId", session_id}, {"scope", to_word(scope)}};
}

const json::object& settings_of(const ControlsView& view, ControlScope scope) {
    return scope == ControlScope::session ? view.controls.settings : view.defaults.settings;
}

}  // namespace

Task<ApiReply> read_settings(Services& services, ApiRequest request) {
    auto scope = read_scope(request.query_value("scope"));
    if (!scope) co_return refuse(scope.error());
    auto settings = services.sessions.controls().settings(request.param("id"), *scope);
    if (!settings) co_return refuse(settings.error());
    auto reply = reply_body("ok", request.param("id"), *scope);
    auto key = request.query_value("key");
    if (!key) {
        reply["settings"] = std::move(*settings);
        co_return ApiReply(200, std::move(reply));
    }
    const json::value* value = settings->if_contains(*key);
    reply["key"] = *key;
    reply["found"] = value != nullptr;
    reply["value"] = value ? *value : json::value();
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> write_settings(Services& services, ApiRequest request) {
    auto body = read_body(request, settings_body());
    if (!body) co_return refuse(body.error());
    auto form = check_form(*body);
    if (form && body->contains("settings")) form = check_keys(body->at("settings").get_object());
    if (!form) co_return refuse(form.error());
    auto scope = members::text(*body, "scope") == "default" ? ControlScope::defaults : ControlScope::session;
    auto allowed = may_change(request, scope);
    if (!allowed) co_return refuse(allowed.error());
    auto wanted = settings_change(*body, scope);
    auto view = co_await services.sessions.controls().change(request.param("id"), std::move(wanted));
    if (!view) co_return refuse(view.error());
    auto reply = reply_body(view->changed ? "ok" : "unchanged", request.param("id"), scope);
    reply["settings"] = settings_of(*view, scope);
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> remove_setting(Services& services, ApiRequest request) {
    auto scope = read_scope(request.query_value("scope"));
    if (!scope) co_return refuse(scope.error());
    auto allowed = may_change(request, *scope);
    if (!allowed) co_return refuse(allowed.error());
    ControlChange wanted;
    wanted.scope = *scope;
    wanted.quiet = true;
    wanted.settings_without = request.param("key");
    auto view = co_await services.sessions.controls().change(request.param("id"), std::move(wanted));
    if (!view) co_return refuse(view.error());
    auto reply = reply_body(view->changed ? "ok" : "unchanged", request.param("id"), *scope);
    reply["key"] = request.param("key");
    reply["removed"] = view->changed;
    reply["settings"] = settings_of(*view, *scope);
    co_return ApiReply(200, std::move(reply));
}

}  // namespace lanekeeper::web::sessions
