#include "agents/session_controls.hpp"

#include "agents/control_change.hpp"
#include "agents/turn_log.hpp"
#include "base/ids.hpp"
#include "session/guard.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

constexpr std::string_view defaults_kind = "session.defaults";

Problem settings_too_large() {
    Problem problem("invalid_request", "the request does not validate");
    problem.issues.emplace_back("too_big", json::array{"settings"}, "all settings of a scope have at most 64 KiB");
    return problem;
}

const char* const lock_words = "the defaults are locked by the daemon's configuration";

}  // namespace

const char* to_word(ControlScope scope) { return scope == ControlScope::session ? "session" : "default"; }

SessionControls::SessionControls(SessionCore& core) : core_(core) {
    const auto& from = core.settings.session;
    session::Controls configured;
    configured.approval_policy = from.approval_policy;
    configured.network_access = from.network_access;
    configured.filesystem_sandbox = from.sandbox_mode;
    core_.directory.set_defaults(std::move(configured));
}

Task<void> SessionControls::load() {
    if (core_.settings.session.locked) co_return;  // what was stored before does not count
    Store& store = core_.ledger.reader();
    auto stored = co_await store.record(std::string(defaults_kind), "", "controls");
    if (stored) core_.directory.set_defaults(session::controls_from_json(stored->body));
}

std::optional<std::string> SessionControls::lock_reason() const {
    if (defaults_editable()) return {};
    return lock_words;
}

Result<void> SessionControls::require_open(ControlScope scope) const {
    if (scope == ControlScope::session || defaults_editable()) return {};
    return Problem("locked", lock_words, json::object{{"scope", to_word(scope)}});
}

Task<Result<session::Session>> SessionControls::chat(std::string session_id) {
    auto allowed = session::require_user_session(core_.directory, session_id);
    if (!allowed) co_return allowed.error();
    auto session = core_.directory.find(session_id);
    if (!session) co_return session::session_not_found(session_id);
    co_return *session;
}

Task<Result<ControlsView>> SessionControls::view(std::string session_id) {
    auto session = core_.directory.find(session_id);
    if (!session) co_return session::session_not_found(session_id);
    ControlsView view;
    view.controls = session->controls;
    view.defaults = defaults();
    co_return view;
}

Task<Result<void>> SessionControls::store(session::Session session, ControlScope scope, session::Controls controls,
                                          Effects also) {
    if (scope == ControlScope::session) {
        json::object members{{"controls", session::to_json(controls)}};
        co_return co_await core_.change(session.id, std::move(members), std::move(also));
    }
    also.puts.emplace_back(std::string(defaults_kind), "", "controls", session::to_json(controls));
    auto committed = co_await core_.commit(std::move(also));
    if (committed) core_.directory.set_defaults(std::move(controls));
    co_return committed;
}

Task<Result<ControlsView>> SessionControls::change(std::string session_id, ControlChange wanted) {
    auto open = require_open(wanted.scope);
    if (!open) co_return open.error();
    auto lock_key = wanted.scope == ControlScope::session ? session_id : std::string("defaults");
    auto hold = co_await core_.locks.acquire(lock_key);
    auto session = co_await chat(session_id);
    if (!session) co_return session.error();
    auto before = wanted.scope == ControlScope::session ? session->controls : defaults();
    auto after = apply_change(before, wanted);
    if (json::serialize(after.settings).size() > settings_bytes) co_return settings_too_large();
    ControlsView view;
    view.changed = !(after == before);
    view.summary = describe_change(before, after);
    if (view.changed) {
        Effects effects;
        if (wanted.scope == ControlScope::session && !wanted.quiet) effects = co_await row_of_change(*session, wanted, view.summary);
        auto stored = co_await store(*session, wanted.scope, after, std::move(effects));
        if (!stored) co_return stored.error();
    }
    view.controls = wanted.scope == ControlScope::session ? after : session->controls;
    view.defaults = defaults();
    co_return view;
}

Result<json::object> SessionControls::settings(const std::string& session_id, ControlScope scope) const {
    if (scope == ControlScope::defaults) return defaults().settings;
    auto session = core_.directory.find(session_id);
    if (!session) return session::session_not_found(session_id);
    return session->controls.settings;
}

}  // namespace lanekeeper
