#include "web/target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace lanekeeper::web {
namespace {

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Problem broken(std::string path, std::string message) {
    Problem problem("invalid_request", "the request target does not read");
    problem.issues.emplace_back("invalid_value", json::array{json::string(path)}, std::move(message));
    return problem;
}

/// The bytes of the UTF-8 sequence that begins here; 0 when none does.
std::size_t sequence(std::string_view text) {
    auto byte = [&](std::size_t i) { return std::uint8_t(text[i]); };
    std::uint8_t first = byte(0);
    if (first < 0x80) return 1;
    std::size_t size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || text.size() < size) return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0) != 0x80) return 0;
    bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    bool surrogate = first == 0xed && byte(1) > 0x9f;
    bool beyond = first == 0xf4 && byte(1) > 0x8f;
    return overlong || surrogate || beyond ? 0 : size;
}

Result<void> read_path(std::string_view path, Target& target) {
    path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    while (!path.empty()) {
        auto slash = std::min(path.find('/'), path.size());
        auto segment = percent_decode(path.substr(0, slash), false);
        if (!segment) return segment.error();
        target.segments.push_back(std::move(*segment));
        if (slash + 1 == path.size()) target.segments.emplace_back();  // "//" at the end
        path.remove_prefix(std::min(slash + 1, path.size()));
    }
    return {};
}

Result<void> read_query(std::string_view query, Target& target) {
    while (!query.empty()) {
        auto end = std::min(query.find('&'), query.size());
        auto pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty()) continue;
        auto equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals), true);
        if (!name) return name.error();
        auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!value) return value.error();
        if (!target.query.emplace(*name, std::move(*value)).second)
            return broken("query", fmt::format("\"{}\" is given twice", *name));
    }
    return {};
}

}  // namespace

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        std::size_t size = sequence(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) {
            decoded += ' ';
        } else if (text[i] != '%') {
            decoded += text[i];
        } else {
            int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
            int low = high >= 0 ? hex(text[i + 2]) : -1;
            if (low < 0) return broken("target", "% is not followed by two hexadecimal digits");
            decoded += char(high * 16 + low);
            i += 2;
        }
    }
    if (decoded.find('\0') != std::string::npos) return broken("target", "a NUL byte");
    if (!is_utf8(decoded)) return broken("target", "not UTF-8");
    return decoded;
}

Result<Target> read_target(std::string_view text) {
    Target target;
    auto question = std::min(text.find('?'), text.size());
    auto path = read_path(text.substr(0, question), target);
    if (!path) return path.error();
    auto query = read_query(text.substr(std::min(question + 1, text.size())), target);
    if (!query) return query.error();
    return target;
}

}  // namespace lanekeeper::web
