#pragma once
#include "agents/session_core.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

enum class ControlScope { session, defaults };
const char* to_word(ControlScope scope);  // session, default

/// Members to change; those not given stay.
struct ControlChange {
    ControlChange() = default;
    ControlScope scope = ControlScope::session;
    std::optional<std::optional<std::string>> model;  // given as nothing: the runtime's own
    std::optional<std::string> approval_policy, network_access, filesystem_sandbox;
    std::optional<json::object> settings;        // instead of what is there
    json::object settings_over;                  // laid over it
    std::optional<std::string> settings_without; // a key that goes
    bool quiet = false;                          // adds no row
    std::string actor, source;
};

struct ControlsView {
    ControlsView() = default;
    bool changed = false;
    std::string summary;  // what changed, in a sentence
    session::Controls controls;
    session::Controls defaults;
};

/// What turns run with: per chat, and the defaults that new chats start with (api.md 4). The manners of `Sessions`.
/// A change of a chat's controls adds a row `session.controls.updated` to its transcript. Defaults that are locked
/// refuse with `locked` {scope}.
class SessionControls {
public:
    static constexpr std::size_t settings_bytes = 64 * 1024;

    explicit SessionControls(SessionCore& core);

    Task<void> load();
    session::Controls defaults() const { return core_.directory.defaults(); }
    bool defaults_editable() const { return !core_.settings.session.locked; }
    std::optional<std::string> lock_reason() const;

    Task<Result<ControlsView>> view(std::string session_id);
    /// Also refused, as invalid_request, when the settings of a scope grow over `settings_bytes`.
    Task<Result<ControlsView>> change(std::string session_id, ControlChange wanted);

    /// Settings of clients, in one scope.
    Result<json::object> settings(const std::string& session_id, ControlScope scope) const;

private:
    Task<Result<session::Session>> chat(std::string session_id);
    Result<void> require_open(ControlScope scope) const;
    Task<Result<void>> store(session::Session session, ControlScope scope, session::Controls controls, Effects also);
    Task<Effects> row_of_change(session::Session session, ControlChange wanted, std::string summary);
    Task<std::optional<std::string>> last_row_of(std::string session_id, std::string turn_id);

    SessionCore& core_;
};

}  // namespace lanekeeper
