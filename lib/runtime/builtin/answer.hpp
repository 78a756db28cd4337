#pragma once
#include "base/time.hpp"
#include "runtime/runtime.hpp"

#include <string>
#include <vector>

namespace lanekeeper::builtin {

/// What the built-in runtime answers: an explanation or a suggestion where `facts` say so, else a digest of the text
/// (with what was steered in). Pure; never empty.
std::string answer(const json::value& facts, const std::string& text, const std::string& steered);

/// The answer in the pieces in which it streams: paragraphs, at most 40, which joined are the answer again.
std::vector<std::string> paragraphs(const std::string& answer);

/// The time that a text asks for with "/pause 20s" or "/pause 500ms" at its beginning; zero without one; at most 60 s.
Millis asked_pause(std::string_view text);

}  // namespace lanekeeper::builtin
