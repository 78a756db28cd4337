#pragma once
// Private to the session controls: what a change does, as values.
#include "agents/session_controls.hpp"

namespace lanekeeper {

session::Controls apply_change(const session::Controls& before, const ControlChange& wanted);

/// "model: gpt-5 → runtime default; approvalPolicy: on-request → never", or "nothing changed".
std::string describe_change(const session::Controls& before, const session::Controls& after);

/// The details of a `session.controls.updated` row.
std::string change_details(const ControlChange& wanted, const std::optional<std::string>& anchor);

}  // namespace lanekeeper
