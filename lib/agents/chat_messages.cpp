#include "agents/chat_messages.hpp"

#include "base/limits.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::size_t most_messages = 40;
constexpr std::size_t message_chars = 4000;
constexpr std::string_view blanks = " \t\r\n\v\f";

/// On one line, and no longer than so many characters.
std::string quote(std::string_view text, std::size_t chars) {
    std::string line;
    for (char c : trimmed(text)) {
        bool blank = blanks.find(c) != std::string_view::npos;
        if (!blank) line += c;
        else if (line.back() != ' ') line += ' ';
    }
    if (first_chars(line, chars).size() == line.size()) return line;
    return std::string(trimmed(first_chars(line, chars - 1))) + "…";
}

const ChatMessage* last_of(const std::vector<ChatMessage>& messages, std::string_view role) {
    auto found = std::find_if(messages.rbegin(), messages.rend(), [&](const auto& message) { return message.role == role; });
    return found == messages.rend() ? nullptr : &*found;
}

}  // namespace

bool is_message(const transcript::Entry& entry) {
    return entry.role != transcript::Role::system && !trimmed(entry.content).empty();
}

std::vector<ChatMessage> last_messages(const std::vector<transcript::Entry>& entries) {
    std::vector<ChatMessage> messages;
    for (auto entry = entries.rbegin(); entry != entries.rend() && messages.size() < most_messages; ++entry)
        if (is_message(*entry))
            messages.emplace_back(std::string(to_word(entry->role)), std::string(last_chars(entry->content, message_chars)));
    std::reverse(messages.begin(), messages.end());
    return messages;
}

std::string fallback_suggestion(const std::vector<ChatMessage>& messages, std::string_view draft) {
    auto own = trimmed(draft);
    if (!own.empty()) return std::string(first_chars(own, limits::suggestion_chars));
    if (const auto* user = last_of(messages, "user"))
        return "Please continue with this: “" + quote(user->text, limits::quote_user_chars) + "”";
    if (const auto* reply = last_of(messages, "assistant"))
        return "You said: “" + quote(reply->text, limits::quote_reply_chars) + "” Please go on from there.";
    return "What is the next concrete step? Please name it and begin with it.";
}

}  // namespace lanekeeper
