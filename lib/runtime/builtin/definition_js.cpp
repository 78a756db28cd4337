#include "runtime/builtin/definition.hpp"
#include "runtime/builtin/text.hpp"

#include <array>

// JavaScript and TypeScript, and the keywords that most other languages share.
namespace lanekeeper::builtin {

namespace {

constexpr std::array<std::string_view, 19> js_modifiers{
    "export", "default", "declare",  "async", "public",   "private", "protected", "static", "readonly", "abstract",
    "get",    "set",     "override", "final", "internal", "suspend", "open",      "data",   "sealed"};

constexpr std::array<std::string_view, 15> not_a_method{"if",     "for",    "while", "switch", "catch",
                                                        "with",   "return", "await", "throw",  "new",
                                                        "typeof", "else",   "do",    "case",   "super"};

constexpr std::array<std::string_view, 3> test_calls{"describe", "it", "test"};

struct Head {
    std::string_view rest;
    bool exported = false;
};

Head without_modifiers(std::string_view text) {
    Head head{text, false};
    while (true) {
        const std::string_view word = leading_word(head.rest);
        const std::string_view behind = head.rest.substr(word.size());
        if (!is_one_of(js_modifiers, word) || !behind.starts_with(' ')) return head;
        head.exported = head.exported || word == "export" || word == "public";
        take_word(head.rest, word);
    }
}

/// describe("…", it("…" and test("…", also with .only, .skip or .each behind the word.
std::optional<Definition> test_call(std::string_view text) {
    const std::string_view word = leading_word(text);
    if (!is_one_of(test_calls, word)) return std::nullopt;
    std::string_view rest = text.substr(word.size());
    if (rest.starts_with('.')) rest.remove_prefix(1 + leading_word(rest.substr(1)).size());
    if (!rest.starts_with('(')) return std::nullopt;
    if (auto name = leading_string(rest.substr(1))) return named(*name, NameKind::test, false);
    return std::nullopt;
}

/// What stands right of "const name =" or "name:" when it is a function.
bool is_function_value(std::string_view text) {
    take_word(text, "async");
    if (begins_with_word(text, "function")) return true;
    if (contains(text, "=>")) return text[0] == '(' || text[0] == '<' || is_word(text[0]);
    return text == "(";
}

std::optional<Definition> assigned_function(Head head) {
    if (!take_word(head.rest, "const") && !take_word(head.rest, "let") && !take_word(head.rest, "var"))
        return std::nullopt;
    const std::string_view name = leading_word(head.rest);
    const std::size_t equals = head.rest.find("= ");
    if (name.empty() || equals == std::string_view::npos || head.rest[name.size()] == ',') return std::nullopt;
    if (!is_function_value(trim(head.rest.substr(equals + 2)))) return std::nullopt;
    return named(name, NameKind::function, head.exported);
}

std::optional<Definition> type_or_function(Head head) {
    const bool constant = head.rest.starts_with("const enum ");
    if (constant) take_word(head.rest, "const");
    for (std::string_view word : {"class", "interface", "enum", "namespace", "type"}) {
        std::string_view rest = head.rest;
        if (!take_word(rest, word)) continue;
        const std::string_view name = leading_word(rest);
        if (name.empty() || (word == "type" && !contains(rest, "="))) return std::nullopt;
        return named(name, NameKind::type, head.exported);
    }
    if (!take_word(head.rest, "function")) return assigned_function(head);
    if (head.rest.starts_with('*')) head.rest = trim(head.rest.substr(1));
    return named(leading_word(head.rest), NameKind::function, head.exported);
}

/// name(args) {   name(args): Type {   constructor(
std::optional<Definition> method(const SourceLine& line, Head head) {
    if (head.rest.starts_with('#') || head.rest.starts_with('*')) head.rest.remove_prefix(1);
    const std::string_view name = leading_word(head.rest);
    if (line.indent == 0 || name.empty() || is_one_of(not_a_method, name)) return std::nullopt;
    std::size_t open = name.size();
    if (open < head.rest.size() && head.rest[open] == '<') open = head.rest.find('(', open);
    if (open >= head.rest.size() || head.rest[open] != '(' || name == "function") return std::nullopt;
    const std::size_t close = closing_bracket(head.rest, open);
    if (close == std::string_view::npos) {
        if (name != "constructor") return std::nullopt;
    } else {
        const std::string_view tail = trim(head.rest.substr(close + 1));
        if (!head.rest.ends_with('{') || !(tail == "{" || tail.starts_with(':'))) return std::nullopt;
    }
    return named(name, NameKind::function, false);
}

constexpr std::array<std::string_view, 11> type_words{
    "class", "struct", "interface", "enum", "trait", "object", "protocol", "module", "message", "service", "defmodule"};
constexpr std::array<std::string_view, 8> function_words{"function", "func", "fun", "def", "fn", "sub", "rpc", "defp"};

}  // namespace

std::optional<Definition> javascript_definition(const SourceLine& line) {
    if (auto test = test_call(line.text)) return test;
    const Head head = without_modifiers(line.text);
    if (head.rest.empty()) return std::nullopt;
    if (auto found = type_or_function(head)) return found;
    return method(line, head);
}

std::optional<Definition> general_definition(const SourceLine& line) {
    const Head head = without_modifiers(line.text);
    std::string_view rest = head.rest;
    const std::string_view word = leading_word(rest);
    const bool type = is_one_of(type_words, word);
    if (!type && !is_one_of(function_words, word)) return std::nullopt;
    take_word(rest, word);
    std::size_t end = leading_word(rest).size();
    while (end + 1 < rest.size() && (rest[end] == '.' || rest[end] == ':') && is_word(rest[end + 1]))
        end += 1 + leading_word(rest.substr(end + 1)).size();
    if (end == 0 || word.size() == line.text.size()) return std::nullopt;
    return named(rest.substr(0, end), type ? NameKind::type : NameKind::function, head.exported);
}

}  // namespace lanekeeper::builtin
