#pragma once
#include <cstddef>
#include <string_view>

namespace lanekeeper {

// UTF-8 text, counted in characters (code points). Views into what was given.

std::size_t count_chars(std::string_view text);
/// The first, or the last, so many characters; cut between characters.
std::string_view first_chars(std::string_view text, std::size_t count);
std::string_view last_chars(std::string_view text, std::size_t count);
/// Without the white space around it.
std::string_view trimmed(std::string_view text);

}  // namespace lanekeeper
