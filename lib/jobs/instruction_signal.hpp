#pragma once
#include "agents/sessions.hpp"
#include "agents/suggestion_state.hpp"
#include "jobs/instruction.hpp"
#include "queue/run_context.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lanekeeper {

// The completion signal of a job: a suggested request of its chat that becomes complete, or an error (runtime.md 4).

/// Nothing while it is neither.
Task<std::optional<SuggestionState>> read_signal(Sessions& sessions, std::string session_id, std::string request_key);

/// The same, for one who would rather wait than hear that the store cannot be read now.
Task<bool> signal_came(Sessions& sessions, std::string session_id, std::string request_key);

/// Until it comes or the deadline passes. Throws JobFailure when the attempt was asked to end.
Task<std::optional<SuggestionState>> wait_for_signal(Sessions& sessions, std::shared_ptr<RunContext> context,
                                                     std::string session_id, std::string request_key, MonoTime deadline);

/// What to suggest when nobody did: see `fallback_suggestion`.
Task<SuggestionState> fallback_state(Sessions& sessions, Instruction instruction);

/// An intent's row under the request's key says how it stands: {…} as the last one with that id does, if one does.
std::optional<SuggestionState> signal_among(const json::array& outcomes, const std::string& request_key);

/// {requestKey, status, by, suggestion, source, error} of a job's result.
json::object completion_of(const SuggestionState& state, const char* by);

}  // namespace lanekeeper
