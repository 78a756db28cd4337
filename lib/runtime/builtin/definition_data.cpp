#include "runtime/builtin/definition.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <array>

// SQL, build files, headings, and the keys of configuration files.
namespace lanekeeper::builtin {

namespace {

constexpr std::size_t longest_key = 60;

bool is_key(std::string_view key) {
    if (key.empty() || key.size() > longest_key) return false;
    return std::all_of(key.begin(), key.end(), [](char c) { return is_word(c) || contains("-./@$", {&c, 1}); });
}

std::string_view scalar(std::string_view text) {
    text = trim(text);
    while (text.ends_with(',')) text = trim(text.substr(0, text.size() - 1));
    if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'')) {
        if (auto inside = leading_string(text)) return *inside;
    }
    const std::size_t comment = text.find(" #");
    return trim(text.substr(0, comment));
}

Definition setting(std::string_view key, std::string_view value) {
    return {key, NameKind::setting, false, scalar(value), 0, false};
}

bool take_any(std::string_view& text, const auto& words) {
    for (std::string_view word : words) {
        if (!equals_ignoring_case(leading_word(text), word)) continue;
        text = trim(text.substr(word.size()));
        return true;
    }
    return false;
}

constexpr std::array<std::string_view, 1> sql_create{"create"};
constexpr std::array<std::string_view, 2> sql_change{"alter", "drop"};
constexpr std::array<std::string_view, 12> sql_between{"or",   "replace",      "unique",  "temporary",
                                                       "temp", "if",           "not",     "exists",
                                                       "only", "materialized", "virtual", "concurrently"};
constexpr std::array<std::string_view, 10> sql_objects{"table",   "view", "index",    "function", "procedure",
                                                       "trigger", "type", "sequence", "schema",   "domain"};

std::string_view sql_name(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && (is_word(text[end]) || text[end] == '.')) ++end;
    return text.substr(0, end);
}

}  // namespace

std::optional<Definition> sql_definition(const SourceLine& line) {
    std::string_view text = line.text;
    const bool creates = take_any(text, sql_create);
    if (!creates && !take_any(text, sql_change)) return std::nullopt;
    while (take_any(text, sql_between)) {}
    if (!take_any(text, sql_objects)) return std::nullopt;
    while (take_any(text, sql_between)) {}
    const std::string_view name = leading_string(text).value_or(sql_name(text));
    return Definition{name, NameKind::table, false, {}, 0, !creates};
}

std::optional<Definition> build_definition(const SourceLine& line) {
    const std::string_view command = leading_word(line.text);
    std::string_view rest = trim(line.text.substr(command.size()));
    constexpr std::array<std::string_view, 5> commands{"add_library", "add_executable", "add_custom_target", "function",
                                                       "macro"};
    if (std::find(commands.begin(), commands.end(), command) != commands.end() && rest.starts_with('(')) {
        rest.remove_prefix(1);
        std::size_t end = 0;
        while (end < rest.size() && (is_word(rest[end]) || contains("-.:", rest.substr(end, 1)))) ++end;
        return named(rest.substr(0, end), NameKind::target);
    }
    // Make: "name: prerequisites" in the first column, but not "NAME := value".
    const std::size_t colon = line.text.find(':');
    if (line.indent > 0 || colon == std::string_view::npos || line.text.substr(colon).starts_with(":="))
        return std::nullopt;
    const std::string_view target = trim(line.text.substr(0, colon));
    if (!is_key(target) || target[0] == '.') return std::nullopt;
    return named(target, NameKind::target);
}

std::optional<Definition> markdown_heading(const SourceLine& line) {
    const char mark = line.text[0];
    if ((mark != '#' && mark != '=') || line.indent > 3) return std::nullopt;
    const std::size_t level = std::min(line.text.find_first_not_of(mark), line.text.size());
    if (level > 6 || level == line.text.size() || line.text[level] != ' ') return std::nullopt;
    std::string_view title = trim(line.text.substr(level));
    while (title.ends_with('#') || title.ends_with(' ')) title.remove_suffix(1);
    return Definition{cut(title, 100), NameKind::heading, false, {}, level, false};
}

bool underlines(Language language, std::string_view line, std::string_view title) {
    if (language != Language::markdown && language != Language::rst) return false;
    if (line.size() < 3 || title.size() < 2 || title.size() > 100) return false;
    if (line.find_first_not_of(line[0]) != std::string_view::npos) return false;
    if (!is_word(title[0]) && title[0] != '`') return false;
    if (language == Language::markdown)
        return (line[0] == '=' || line[0] == '-') && !contains(title, "|") && line.size() * 2 >= title.size();
    return contains("=-~^\"'*+#.:_", line.substr(0, 1)) && line.size() >= title.size();
}

std::optional<Definition> json_setting(const SourceLine& line) {
    if (line.text[0] != '"') return std::nullopt;
    const auto key = leading_string(line.text);
    if (!key || !is_key(*key)) return std::nullopt;
    const std::string_view behind = trim(line.text.substr(key->size() + 2));
    if (!behind.starts_with(':')) return std::nullopt;
    return setting(*key, behind.substr(1));
}

std::optional<Definition> yaml_setting(const SourceLine& line) {
    std::string_view text = line.text;
    if (text.starts_with("- ")) text = trim(text.substr(2));
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    if (colon + 1 < text.size() && text[colon + 1] != ' ') return std::nullopt;
    const std::string_view key = trim(text.substr(0, colon));
    if (!is_key(key)) return std::nullopt;
    return setting(key, text.substr(colon + 1));
}

std::optional<Definition> assigned_setting(const SourceLine& line) {
    std::string_view text = line.text;
    if (text[0] == '[' || text[0] == ';') return std::nullopt;
    take_word(text, "export");
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view key = trim(text.substr(0, equals));
    if (!is_key(key)) return std::nullopt;
    return setting(key, text.substr(equals + 1));
}

}  // namespace lanekeeper::builtin
