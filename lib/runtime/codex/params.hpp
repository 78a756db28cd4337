#pragma once
#include "runtime/runtime.hpp"

namespace lanekeeper::codex {

// The app server's parameters (runtime.md 2). What a request leaves open is left out.

json::object initialize_params();
json::object thread_start_params(const ThreadOptions& options);
json::object thread_params(const std::string& thread_id);
/// Without its turns: they would be read from disk and sent.
json::object resume_params(const std::string& thread_id);
json::object turn_start_params(const TurnRequest& request);
json::object turn_params(const std::string& thread_id, const std::string& turn_id);
json::object steer_params(const std::string& thread_id, const std::string& turn_id, const std::string& text,
                          const std::string& client_message_id);
/// A page of a thread's turns, newest first; each with the messages of its beginning and its end, or with all its items.
json::object turns_params(const std::string& thread_id, std::size_t limit, const json::value& cursor, bool whole = false);

}  // namespace lanekeeper::codex
