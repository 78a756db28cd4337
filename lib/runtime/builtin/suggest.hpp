#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::builtin {

struct Message {
    std::string role;  ///< "user" and "assistant" are read, others are passed over
    std::string text;
};

/// The user's next message, one or two sentences, at most 400 bytes, never empty. With a draft: the draft, tidied
/// and completed from what was said last. Without one, what the last answer calls for: an answer to its question,
/// a fix of the error it reports, its next open item, a test run for code it changed; else a request to go on.
/// Oldest message first. Deterministic.
std::string suggest(const std::vector<Message>& transcript, std::string_view draft);

}  // namespace lanekeeper::builtin
