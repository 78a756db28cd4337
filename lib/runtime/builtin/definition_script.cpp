#include "runtime/builtin/definition.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>

// Languages whose definitions begin with a keyword: Python, Ruby, Go, Rust, shell.
namespace lanekeeper::builtin {

namespace {

std::string_view until(std::string_view text, std::string_view stops) {
    return trim(text.substr(0, text.find_first_of(stops)));
}

/// Ruby names may end in ? or ! or =, and begin with "self.".
std::string_view ruby_name(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && (is_word(text[end]) || text[end] == '.' || text[end] == ':')) ++end;
    if (end < text.size() && (text[end] == '?' || text[end] == '!')) ++end;
    return text.substr(0, end);
}

std::optional<Definition> rust_item(std::string_view text, bool exported) {
    for (std::string_view word : {"struct", "enum", "trait", "union", "mod", "type"}) {
        std::string_view rest = text;
        if (!take_word(rest, word)) continue;
        if (word == "mod" && !text.ends_with('{')) return std::nullopt;
        return named(leading_word(rest), NameKind::type, exported);
    }
    return std::nullopt;
}

bool take_rust_modifiers(std::string_view& text) {
    bool exported = false;
    while (true) {
        if (take_word(text, "pub")) {
            exported = true;
            if (text.starts_with('(')) text = trim(text.substr(std::min(text.size(), text.find(')') + 1)));
        } else if (!take_word(text, "async") && !take_word(text, "unsafe") && !take_word(text, "default") &&
                   !text.starts_with("const fn")) {
            return exported;
        } else if (text.starts_with("const fn")) {
            take_word(text, "const");
        }
    }
}

bool is_shell_name(char c) { return is_word(c) || c == '-' || c == ':' || c == '.'; }

}  // namespace

std::optional<Definition> python_definition(const SourceLine& line) {
    std::string_view text = line.text;
    take_word(text, "async");
    const bool is_class = take_word(text, "class");
    if (!is_class && !take_word(text, "def")) return std::nullopt;
    const std::string_view name = leading_word(text);
    const std::string_view behind = trim(text.substr(name.size()));
    if (!behind.empty() && behind[0] != '(' && behind[0] != ':' && behind[0] != '[') return std::nullopt;
    if (behind.empty() && line.whole) return std::nullopt;
    if (!is_class && name.starts_with("test_")) return named(name, NameKind::test, false);
    return named(name, is_class ? NameKind::type : NameKind::function, line.indent == 0 && !name.starts_with('_'));
}

std::optional<Definition> ruby_definition(const SourceLine& line) {
    std::string_view text = line.text;
    if (take_word(text, "def")) return named(ruby_name(text), NameKind::function, false);
    if (!take_word(text, "class") && !take_word(text, "module")) return std::nullopt;
    return named(ruby_name(text), NameKind::type, false);
}

std::optional<Definition> go_definition(const SourceLine& line) {
    std::string_view text = line.text;
    const auto is_exported = [](std::string_view name) { return !name.empty() && name[0] >= 'A' && name[0] <= 'Z'; };
    if (line.indent > 0) return std::nullopt;
    if (take_word(text, "func")) {
        if (text.starts_with('(')) {
            const std::size_t close = text.find(')');
            if (close == std::string_view::npos) return std::nullopt;
            text = trim(text.substr(close + 1));
        }
        const std::string_view name = leading_word(text);
        const bool test = name.starts_with("Test") || name.starts_with("Benchmark") || name.starts_with("Fuzz");
        return named(name, test ? NameKind::test : NameKind::function, !test && is_exported(name));
    }
    if (!take_word(text, "type")) return std::nullopt;
    const std::string_view name = leading_word(text);
    return named(name, NameKind::type, is_exported(name));
}

std::optional<Definition> rust_definition(const SourceLine& line) {
    std::string_view text = line.text;
    if (begins_with_word(text, "impl") && (text.ends_with('{') || !line.whole)) {
        return named(until(text, "{"), NameKind::type, false);
    }
    const bool exported = take_rust_modifiers(text);
    if (take_word(text, "fn")) return named(leading_word(text), NameKind::function, exported);
    if (text.starts_with("macro_rules! ")) return named(leading_word(text.substr(13)), NameKind::function, true);
    return rust_item(text, exported);
}

std::optional<Definition> shell_definition(const SourceLine& line) {
    std::string_view text = line.text;
    const bool keyword = take_word(text, "function");
    std::size_t end = 0;
    while (end < text.size() && is_shell_name(text[end])) ++end;
    if (end == 0) return std::nullopt;
    const std::string_view behind = trim(text.substr(end));
    if (!behind.starts_with("()") && !(keyword && (behind.empty() || behind.starts_with('{')))) return std::nullopt;
    return named(text.substr(0, end), NameKind::function, false);
}

}  // namespace lanekeeper::builtin
