#pragma once
#include "runtime/runtime.hpp"

#include <string>
#include <vector>

namespace lanekeeper::notices {

// What an in-process runtime says of its turns, in the shape of the app server's notifications (runtime.md 2), so that
// whoever listens reads one shape, whichever runtime speaks.

/// {id, type:"userMessage", text, content:[{type:"text", text}], clientId?}
json::object user_message(std::string id, std::string text, const std::string& client_message_id);
/// {id, type:"agentMessage", text, source}
json::object agent_message(std::string id, std::string text, std::string source);

RuntimeNotice turn_started(const std::string& thread_id, const std::string& turn_id);
RuntimeNotice item_started(const std::string& thread_id, const std::string& turn_id, json::object item);
RuntimeNotice item_completed(const std::string& thread_id, const std::string& turn_id, json::object item);
RuntimeNotice message_delta(const std::string& thread_id, const std::string& turn_id, std::string item_id,
                            std::string delta);
/// `error` only when it failed.
RuntimeNotice turn_completed(const std::string& thread_id, const TurnView& turn, std::vector<json::object> items);

}  // namespace lanekeeper::notices
