#include "web/trace_context.hpp"

#include <algorithm>

namespace lanekeeper::web {
namespace {

constexpr std::size_t head_size = 55;     // 00-<32>-<16>-<2>
constexpr std::size_t longest = 256;      // of a later version

bool is_hex(std::string_view text) {
    auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return std::all_of(text.begin(), text.end(), digit);
}

bool is_id(std::string_view text) { return is_hex(text) && text.find_first_not_of('0') != std::string_view::npos; }

bool is_tail(std::string_view version, std::string_view tail) {
    if (tail.empty()) return true;
    auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
    return version != "00" && tail.front() == '-' && std::all_of(tail.begin(), tail.end(), visible);
}

}  // namespace

bool is_traceparent(std::string_view text) {
    if (text.size() < head_size || text.size() > longest) return false;
    auto version = text.substr(0, 2);
    bool dashes = text[2] == '-' && text[35] == '-' && text[52] == '-';
    bool fields = is_hex(version) && version != "ff" && is_id(text.substr(3, 32)) && is_id(text.substr(36, 16)) &&
                  is_hex(text.substr(53, 2));
    return dashes && fields && is_tail(version, text.substr(head_size));
}

}  // namespace lanekeeper::web
