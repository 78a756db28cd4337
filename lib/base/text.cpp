#include "base/text.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

bool begins_char(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

}  // namespace

std::size_t count_chars(std::string_view text) { return std::size_t(std::count_if(text.begin(), text.end(), begins_char)); }

std::string_view first_chars(std::string_view text, std::size_t count) {
    if (text.size() <= count) return text;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!begins_char(text[i])) continue;
        if (count == 0) return text.substr(0, i);
        --count;
    }
    return text;
}

std::string_view last_chars(std::string_view text, std::size_t count) {
    if (count == 0) return {};
    for (std::size_t i = text.size(); i-- > 0;) {
        if (!begins_char(text[i])) continue;
        if (--count == 0) return text.substr(i);
    }
    return text;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n\f\v";
    auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace lanekeeper
