#pragma once
#include "job/effects.hpp"
#include "job/job.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// How a suggested reply stands, for clients that look: kind "suggestion", scope = the chat, key = the request's key
/// (orchestrator-queue.md, Idempotent Side-Effects). Kept for a day after its last change.
struct SuggestionState {
    SuggestionState() = default;
    std::string session_id;
    std::string request_key;
    std::string job_id;                // empty: written by a worker over the API
    std::string status = "streaming";  // streaming, complete, error, canceled
    std::optional<std::string> suggestion;
    std::optional<std::string> source;
    std::optional<std::string> error;
};

inline constexpr std::string_view suggestion_kind = "suggestion";

json::object to_json(const SuggestionState& state);
SuggestionState suggestion_from_json(const json::object& body);
/// A suggestion, or that there will be none.
inline bool is_settled(const SuggestionState& state) { return state.status == "complete" || state.status == "error"; }

/// A complete suggestion gives way to a newer complete one alone. A `MergeRecord`.
json::object merge_suggestion(const json::object& existing, json::object incoming);

/// What nobody has made gives way to any that is complete. A `MergeRecord`.
json::object merge_fallback(const json::object& existing, json::object incoming);

/// The record and its event `suggested_request_updated`, routed to the chat. `merge`: one of the above.
void put_suggestion(Effects& effects, const SuggestionState& state, WallTime at, MergeRecord merge = &merge_suggestion);

}  // namespace lanekeeper
