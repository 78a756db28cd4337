#include "web/http_head.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace lanekeeper::web {
namespace {

using Fault = std::optional<HeadFault>;

HeadFault bad(std::string reason) { return {400, std::move(reason)}; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; }

bool is_token_char(char c) {
    if ((c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z')) return true;
    return c != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

/// Control characters have no place in a value but for the tab.
bool is_value_char(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

/// Takes the next line off the block, without its CR LF.
std::string_view take_line(std::string_view& block) {
    auto end = block.find("\r\n");
    auto line = block.substr(0, end);
    block.remove_prefix(end + 2);
    return line;
}

Fault read_request_line(std::string_view line, HttpHead& head) {
    auto first = line.find(' ');
    auto last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) return bad("the request line has not three parts");
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, last - first - 1);
    auto version = line.substr(last + 1);
    if (!is_token(head.method)) return bad("the method is not a word");
    if (version != "HTTP/1.1" && version != "HTTP/1.0") return bad("the version is neither HTTP/1.1 nor HTTP/1.0");
    head.minor = version.back() - '0';
    if (head.target.size() > limits::request_target) return HeadFault{414, "the target is too long"};
    if (!std::all_of(head.target.begin(), head.target.end(), is_visible)) return bad("the target has blanks or raw bytes");
    bool whole_server = head.target == "*" && head.method == "OPTIONS";
    if (!head.target.starts_with('/') && !whole_server) return bad("the target is not a path");
    if (head.target.find('#') != std::string_view::npos) return bad("the target has a fragment");
    return {};
}

Fault read_field(std::string_view line, HttpHead& head) {
    if (line.front() == ' ' || line.front() == '\t') return bad("a folded header line");
    auto colon = line.find(':');
    if (colon == std::string_view::npos) return bad("a header line without a colon");
    auto name = line.substr(0, colon);
    auto value = trimmed(line.substr(colon + 1));
    if (!is_token(name)) return bad("a header name that is not a word");
    if (!std::all_of(value.begin(), value.end(), is_value_char)) return bad("a control character in a header value");
    head.fields.emplace_back(name, value);
    return {};
}

Fault read_length(HttpHead& head) {
    auto text = head.field("content-length");
    std::uint64_t length = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return bad("Content-Length is no number");
    head.content_length = length;
    return {};
}

/// Fields whose repetition, or whose company, makes a request ambiguous.
Fault check_fields(HttpHead& head) {
    constexpr std::array<std::string_view, 11> once = {
        "host",   "content-length", "transfer-encoding", "content-type",      "origin",       "authorization",
        "expect", "idempotency-key", "upgrade",          "sec-websocket-key", "last-event-id"};
    for (auto name : once) {
        auto same = [name](const auto& field) { return same_word(field.first, name); };
        if (std::count_if(head.fields.begin(), head.fields.end(), same) > 1) return bad("a header that may come once came twice");
    }
    if (head.minor == 1 && !head.has("host")) return bad("no Host header");
    if (head.has("content-length") && head.has("transfer-encoding")) return bad("Content-Length beside Transfer-Encoding");
    if (head.has("content-length")) return read_length(head);
    if (!head.has("transfer-encoding")) return {};
    if (head.minor == 0) return bad("Transfer-Encoding in HTTP/1.0");
    if (!same_word(head.field("transfer-encoding"), "chunked")) return bad("a Transfer-Encoding other than chunked");
    head.chunked = true;
    return {};
}

/// A CR without its LF, an LF without its CR, a byte that no head has. `known`: bytes that were looked at before.
Fault scan_bytes(std::string_view head) {
    for (std::size_t i = 0; i < head.size(); ++i) {
        char c = head[i];
        if (c == '\n' && (i == 0 || head[i - 1] != '\r')) return bad("a line that ends in LF alone");
        if (c == '\r' && i + 1 < head.size() && head[i + 1] != '\n') return bad("a CR without its LF");
        if (c != '\r' && c != '\n' && !is_value_char(c)) return bad("a control character");
    }
    return {};
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view HttpHead::field(std::string_view name) const {
    for (const auto& [key, value] : fields)
        if (same_word(key, name)) return value;
    return {};
}

bool HttpHead::has(std::string_view name) const {
    return std::any_of(fields.begin(), fields.end(), [name](const auto& field) { return same_word(field.first, name); });
}

bool HttpHead::lists(std::string_view name, std::string_view word) const {
    for (const auto& [key, value] : fields) {
        if (!same_word(key, name)) continue;
        auto rest = value;
        while (!rest.empty()) {
            auto comma = std::min(rest.find(','), rest.size());
            if (same_word(trimmed(rest.substr(0, comma)), word)) return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

bool HttpHead::keep_alive() const {
    if (minor == 0) return lists("connection", "keep-alive") && !lists("connection", "close");
    return !lists("connection", "close");
}

HeadScan scan_head(std::string_view received) {
    HeadScan scan;
    auto end = received.find("\r\n\r\n");
    bool whole = end != std::string_view::npos;
    auto head = whole ? received.substr(0, end + 4) : received.substr(0, limits::header_block + 1);
    auto line_end = head.find("\r\n");
    // The longest request line: a method, the target, the version.
    if (std::min(line_end, head.size()) > limits::request_target + 64) {
        scan.fault = HeadFault{414, "the target is too long"};
    } else if (head.size() > limits::header_block) {
        scan.fault = HeadFault{431, "the header block is too large"};
    } else if (line_end == 0) {
        scan.fault = bad("an empty request line");
    } else {
        scan.fault = scan_bytes(head);
    }
    if (whole && !scan.fault) scan.size = end + 4;
    return scan;
}

HeadResult read_head(std::string_view block) {
    HeadResult result;
    auto rest = block;
    result.fault = read_request_line(take_line(rest), result.head);
    while (!result.fault) {
        auto line = take_line(rest);
        if (line.empty()) break;
        result.fault = read_field(line, result.head);
    }
    if (!result.fault) result.fault = check_fields(result.head);
    return result;
}

}  // namespace lanekeeper::web
