#include "runtime/builtin/text.hpp"

#include <algorithm>

namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_code_span = 120;

char lower_char(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::size_t longest_backtick_run(std::string_view text) {
    std::size_t longest = 0;
    std::size_t run = 0;
    for (char c : text) {
        run = c == '`' ? run + 1 : 0;
        longest = std::max(longest, run);
    }
    return longest;
}

std::string_view without_line_end(std::string_view line) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
}

}  // namespace

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || (c & 0x80) != 0;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }

std::string_view trim_right(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return trim_right(text);
}

std::string_view leading_word(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && is_word(text[end])) ++end;
    return text.substr(0, end);
}

bool begins_with_word(std::string_view text, std::string_view word) {
    return text.starts_with(word) && (text.size() == word.size() || !is_word(text[word.size()]));
}

bool take_word(std::string_view& text, std::string_view word) {
    if (!begins_with_word(text, word)) return false;
    text.remove_prefix(word.size());
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return true;
}

std::optional<std::string_view> leading_string(std::string_view text) {
    if (text.empty() || (text[0] != '"' && text[0] != '\'' && text[0] != '`')) return std::nullopt;
    const std::size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    return text.substr(1, end - 1);
}

std::string_view cut(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    std::size_t end = max_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower_char);
    return out;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower_char(x) == lower_char(y); });
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool is_one_of(std::span<const std::string_view> words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool LineReader::next(std::string_view& line) {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    line = without_line_end(rest_.substr(0, end));
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return true;
}

std::string_view LineReader::peek() const { return without_line_end(rest_.substr(0, rest_.find('\n'))); }

std::size_t count_lines(std::string_view text) {
    const auto ends = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    return ends + (!text.empty() && text.back() != '\n' ? 1 : 0);
}

std::string grouped(std::size_t number) {
    std::string out = std::to_string(number);
    for (std::size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
    return out;
}

std::string plural(std::string_view noun, std::size_t number) {
    std::string out(noun);
    if (number == 1) return out;
    if (noun.ends_with("ss") || noun.ends_with("x") || noun.ends_with("ch")) return out + "es";
    if (noun.ends_with("cy") || noun.ends_with("ry") || noun.ends_with("ty")) {
        out.pop_back();
        return out + "ies";
    }
    return out + "s";
}

std::string counted(std::size_t number, std::string_view noun) { return grouped(number) + " " + plural(noun, number); }

std::string code(std::string_view text) {
    const std::string_view shown = cut(text, longest_code_span);
    const std::string fence(longest_backtick_run(shown) + 1, '`');
    const std::string pad = fence.size() > 1 ? " " : "";
    std::string out;
    out.reserve(shown.size() + 2 * (fence.size() + pad.size()));
    out += fence;
    out += pad;
    for (char c : shown) out += c != '\t' && static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    out += pad;
    out += fence;
    return shown.size() < text.size() ? out + "…" : out;
}

std::string quoted(std::string_view text, std::size_t max_bytes) {
    std::string flat;
    for (char c : trim(text)) {
        const bool blank = is_space(c) || static_cast<unsigned char>(c) < 0x20;
        if (!blank) flat += c;
        else if (!flat.empty() && flat.back() != ' ') flat += ' ';
        if (flat.size() > max_bytes + 8) break;
    }
    const std::string_view shown = cut(flat, max_bytes);
    if (shown.size() == flat.size()) return flat;
    // A cut at a word reads better, as long as it does not cost much of the text.
    const std::size_t blank = shown.rfind(' ');
    const bool near_end = blank != std::string_view::npos && blank > shown.size() / 2;
    return std::string(trim_right(near_end ? shown.substr(0, blank) : shown)) + "…";
}

std::string listed(const std::vector<std::string>& items, std::size_t most) {
    const auto shown = static_cast<std::ptrdiff_t>(std::min(items.size(), most));
    return listed_of({items.begin(), items.begin() + shown}, items.size());
}

std::string listed_of(const std::vector<std::string>& items, std::size_t total) {
    std::string out;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += i + 1 == total ? " and " : ", ";
        out += items[i];
    }
    if (items.size() < total) out += (items.empty() ? "" : " and ") + grouped(total - items.size()) + " more";
    return out;
}

}  // namespace lanekeeper::builtin
