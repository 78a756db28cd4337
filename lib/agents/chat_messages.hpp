#pragma once
#include "base/text.hpp"
#include "transcript/entry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// What was said in a chat, without what was done.
struct ChatMessage {
    ChatMessage() = default;
    ChatMessage(std::string role_, std::string text_) : role(std::move(role_)), text(std::move(text_)) {}
    std::string role;  // user, assistant
    std::string text;
};

/// The last messages of a transcript, oldest first: at most 40, of each at most the last 4000 characters. Rows of other
/// roles, and empty ones, are passed over.
std::vector<ChatMessage> last_messages(const std::vector<transcript::Entry>& entries);

/// True for a row that a suggestion can be made from.
bool is_message(const transcript::Entry& entry);

/// What to suggest when nothing better came in time (runtime.md 4): the trimmed draft; else a request to continue that
/// quotes the last user message; else one that quotes the last assistant message; else a fixed sentence. Deterministic;
/// at most limits::suggestion_chars.
std::string fallback_suggestion(const std::vector<ChatMessage>& messages, std::string_view draft);

}  // namespace lanekeeper
