#include "base/utf8.hpp"

#include <cstddef>

namespace lanekeeper {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

/// The bytes of the character that the text begins with (RFC 3629); 0 when it begins with none.
std::size_t char_size(std::string_view text) {
    unsigned first = byte_at(text, 0);
    if (first < 0x80) return 1;
    std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if (!continues(text[i])) return 0;
    unsigned second = byte_at(text, 1);  // overlong forms, surrogates, beyond U+10FFFF
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
    if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
    return size;
}

}  // namespace

std::string to_utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        auto size = char_size(bytes);
        text += size > 0 ? bytes.substr(0, size) : std::string_view("\xEF\xBF\xBD");
        bytes.remove_prefix(size > 0 ? size : 1);
    }
    return text;
}

}  // namespace lanekeeper
