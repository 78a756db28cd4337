#pragma once

#include <string>
#include <string_view>

namespace lanekeeper::builtin {

/// What an assistant's message leaves open. Views point into the message; empty means not there.
struct AnswerClues {
    std::string_view question;   ///< the last one, when the message ends on it
    std::string_view error;      ///< a line that reports a failure that is not said to be mended
    std::string_view open_item;  ///< the first open item of a list of things to do
    std::string_view path;       ///< the last file named
    bool changed_code = false;
    bool tests_pass = false;
};

AnswerClues clues_in(std::string_view message);

/// For "Should I …?", "Would you like me to …?": the "…" (up to an "or"), else empty.
std::string_view offered_action(std::string_view question);

}  // namespace lanekeeper::builtin
