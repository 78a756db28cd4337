#include "runtime/builtin/definition.hpp"
#include "runtime/builtin/text.hpp"

#include <array>

// C, C++, Java and C#: functions are told from calls by what stands before and behind the brackets.
namespace lanekeeper::builtin {

namespace {

constexpr std::array<std::string_view, 24> not_a_type{
    "return",  "else",   "throw",   "new",     "delete",    "case",     "goto",     "using",
    "typedef", "import", "package", "do",      "if",        "while",    "for",      "switch",
    "assert",  "yield",  "await",   "foreach", "co_return", "co_await", "co_yield", "default"};

constexpr std::array<std::string_view, 18> not_a_function{
    "if",     "for",      "while",    "switch",        "catch",   "return", "sizeof", "alignof", "decltype",
    "assert", "noexcept", "requires", "static_assert", "defined", "using",  "lock",   "when",    "typeid"};

constexpr std::array<std::string_view, 16> builtin_types{"int",    "bool",     "char",   "double", "float",  "long",
                                                         "short",  "unsigned", "void",   "auto",   "size_t", "string",
                                                         "String", "byte",     "object", "signed"};

constexpr std::array<std::string_view, 8> test_macros{
    "TEST", "TEST_F", "TEST_P", "TEST_CASE", "TYPED_TEST", "SCENARIO", "BOOST_AUTO_TEST_CASE", "TEST_CASE_METHOD"};

constexpr std::array<std::string_view, 22> modifiers{
    "export",  "public",       "private",  "protected", "internal", "static", "final",  "abstract",
    "sealed",  "partial",      "inline",   "constexpr", "virtual",  "extern", "unsafe", "readonly",
    "default", "synchronized", "override", "async",     "explicit", "typedef"};

/// The name that ends at the end of `head`: identifiers joined by "::", a destructor or an operator.
std::string_view trailing_name(std::string_view head) {
    if (const std::size_t at = head.rfind("operator"); at != std::string_view::npos) {
        std::size_t start = at;
        while (start > 0 && (is_word(head[start - 1]) || head[start - 1] == ':')) --start;
        return head.substr(start);
    }
    std::size_t start = head.size();
    while (start > 0 && (is_word(head[start - 1]) || head[start - 1] == ':' || head[start - 1] == '~')) --start;
    std::string_view name = head.substr(start);
    while (name.starts_with(':')) name.remove_prefix(1);
    return name;
}

std::string_view last_part(std::string_view name) {
    const std::size_t at = name.rfind("::");
    return at == std::string_view::npos ? name : name.substr(at + 2);
}

/// "Lane::Lane" and "Lane::~Lane" need no return type.
bool is_constructor(std::string_view name) {
    const std::string_view last = last_part(name);
    if (last.starts_with('~')) return true;
    if (last.size() + 2 >= name.size()) return false;
    return last_part(name.substr(0, name.size() - last.size() - 2)) == last;
}

bool is_return_type(std::string_view prefix) {
    for (char c : prefix)
        if (!is_word(c) && !is_space(c) && !contains(":<>,*&[]@?", std::string_view(&c, 1))) return false;
    if (is_one_of(not_a_type, leading_word(prefix)) || prefix.ends_with("::")) return false;
    if (contains(prefix, "&& ") || prefix.ends_with(" &&") || prefix.ends_with(" *")) return false;
    const bool list = contains(prefix, ",") && !contains(prefix, "<");
    const char last = prefix.back();
    return !list && (is_word(last) || last == '>' || last == '*' || last == '&' || last == ']' || last == '?');
}

/// "Type name", "const T&" and the like; a lone word or a number is an argument of a call.
bool is_parameter(std::string_view text) {
    text = trim(text);
    if (text.empty() || text == "...") return true;
    if (is_digit(text[0]) || !is_word(text[0]) || contains(text, "\"")) return text[0] == '@' || text[0] == '[';
    if (is_one_of(builtin_types, text) || contains(text, "::")) return !contains(text, "(");
    for (std::size_t at = 1; at < text.size(); ++at) {
        const bool joined = is_word(text[at - 1]) || text[at - 1] == '>' || text[at - 1] == ']';
        if ((text[at] == '*' || text[at] == '&') && joined) return true;
        if (text[at] == ' ' && joined && at + 1 < text.size() && is_word(text[at + 1])) return true;
    }
    return false;
}

std::string_view first_parameter(std::string_view parameters) {
    int depth = 0;
    for (std::size_t at = 0; at < parameters.size(); ++at) {
        if (parameters[at] == '<' || parameters[at] == '(') ++depth;
        if (parameters[at] == '>' || parameters[at] == ')') --depth;
        if (parameters[at] == ',' && depth == 0) return parameters.substr(0, at);
    }
    return parameters;
}

/// What may follow the parameters of a function.
bool is_function_tail(std::string_view tail) {
    if (tail.empty()) return true;
    if (tail[0] == '{' || tail[0] == ';' || tail[0] == '=' || tail.starts_with("->")) return tail != "==";
    if (tail[0] == ':') return !tail.starts_with("::");
    for (std::string_view word : {"const", "noexcept", "override", "final", "requires", "try", "throws", "where"})
        if (begins_with_word(tail, word)) return true;
    return tail.starts_with("&");
}

/// Decides whether `parameters` and what follows belong to a definition or declaration.
bool reads_as_function(const SourceLine& line, std::size_t open) {
    const std::size_t close = closing_bracket(line.text, open);
    if (close == std::string_view::npos) {
        const std::string_view inside = line.text.substr(open + 1);
        if (!line.whole) return true;
        if (line.text.ends_with('(')) return true;
        return line.text.ends_with(',') && is_parameter(first_parameter(inside));
    }
    const std::string_view tail = trim(line.text.substr(close + 1));
    if (!is_function_tail(tail) || tail.ends_with("= default;") || tail.ends_with("= delete;")) return false;
    if (tail.starts_with('{') || line.text.ends_with('{')) return true;
    return is_parameter(first_parameter(line.text.substr(open + 1, close - open - 1)));
}

std::string_view without_template(std::string_view text) {
    if (!text.starts_with("template")) return text;
    const std::size_t open = text.find('<');
    int depth = 0;
    for (std::size_t at = open; at < text.size(); ++at) {
        if (text[at] == '<') ++depth;
        if (text[at] == '>' && --depth == 0) return trim(text.substr(at + 1));
    }
    return {};
}

std::optional<Definition> test_macro(std::string_view text) {
    const std::string_view macro = leading_word(text);
    if (!is_one_of(test_macros, macro) || !text.substr(macro.size()).starts_with('(')) return std::nullopt;
    std::string_view rest = text.substr(macro.size() + 1);
    if (auto quoted_name = leading_string(rest)) return Definition{*quoted_name, NameKind::test, false, {}, 0, false};
    const std::size_t comma = rest.find(',');
    if (comma != std::string_view::npos) rest = trim(rest.substr(comma + 1));
    if (auto quoted_name = leading_string(rest)) return Definition{*quoted_name, NameKind::test, false, {}, 0, false};
    return Definition{leading_word(rest), NameKind::test, false, {}, 0, false};
}

std::optional<Definition> function(const SourceLine& line) {
    std::size_t open = line.text.find('(');
    if (open == std::string_view::npos || open == 0) return std::nullopt;
    if (line.text.substr(0, open).ends_with("operator")) open = line.text.find('(', open + 1);
    if (open == std::string_view::npos) return std::nullopt;
    const std::string_view head = trim_right(line.text.substr(0, open));
    const std::string_view name = trailing_name(head);
    if (name.empty() || is_digit(name[0]) || is_one_of(not_a_function, name)) return std::nullopt;
    const std::string_view prefix = trim(head.substr(0, head.size() - name.size()));
    if (prefix.empty() ? !is_constructor(name) : !is_return_type(prefix)) return std::nullopt;
    if (!reads_as_function(line, open)) return std::nullopt;
    return Definition{name, NameKind::function, line.header, {}, 0, false};
}

/// Takes "public static …" off the front; true when one of them was "public" or "export".
bool take_modifiers(std::string_view& text) {
    bool exported = false;
    while (true) {
        const std::string_view word = leading_word(text);
        if (word.empty() || !is_one_of(modifiers, word)) return exported;
        exported = exported || word == "public" || word == "export";
        take_word(text, word);
    }
}

bool take_type_keyword(std::string_view& text) {
    if (take_word(text, "enum")) {
        if (!take_word(text, "class")) take_word(text, "struct");
        return true;
    }
    for (std::string_view word : {"class", "struct", "union", "interface", "record", "concept", "@interface"})
        if (take_word(text, word)) return true;
    return false;
}

/// Where the head of a class ends: at "{", ";", "=" or a single ":".
std::size_t end_of_type_head(std::string_view text) {
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (contains("{;=(", text.substr(at, 1))) return at;
        if (text[at] != ':') continue;
        if (at + 1 < text.size() && text[at + 1] == ':') ++at;
        else return at;
    }
    return text.size();
}

std::optional<Definition> c_type(const SourceLine& line) {
    std::string_view text = line.text;
    take_modifiers(text);
    const bool is_concept = begins_with_word(text, "concept");
    if (!take_type_keyword(text)) return std::nullopt;
    const std::size_t end = end_of_type_head(text);
    const bool stops_early = end < text.size() && (text[end] == ';' || text[end] == '(' || text[end] == '=');
    if (stops_early && !(is_concept && text[end] == '=')) return std::nullopt;
    std::string_view head = trim(text.substr(0, end));
    if (head.ends_with(" final")) head = trim(head.substr(0, head.size() - 6));
    return Definition{trailing_name(head), NameKind::type, line.header, {}, 0, false};
}

}  // namespace

std::optional<Definition> c_definition(const SourceLine& line) {
    SourceLine inner = line;
    inner.text = without_template(line.text);
    if (inner.text.empty() || inner.text[0] == '#' || inner.text[0] == '}') return std::nullopt;
    if (inner.text.starts_with("extern \"C\" ")) inner.text.remove_prefix(11);
    if (auto test = test_macro(inner.text)) return test;
    if (auto type = c_type(inner)) return type->name.empty() ? std::nullopt : type;
    return function(inner);
}

std::optional<Definition> java_definition(const SourceLine& line) {
    std::string_view text = line.text;
    if (text[0] == '}' || begins_with_word(text, "namespace")) return std::nullopt;
    const bool exported = take_modifiers(text);
    std::string_view type = text;
    if (take_type_keyword(type)) {
        const std::string_view name = leading_word(type);
        if (name.empty()) return std::nullopt;
        return Definition{name, NameKind::type, exported, {}, 0, false};
    }
    // A constructor has a modifier where other methods have their type.
    SourceLine inner = line;
    const std::string_view name = leading_word(text);
    const bool constructor = text.size() < line.text.size() && text.substr(name.size()).starts_with('(');
    if (constructor && reads_as_function({text, line.indent, false, line.whole}, name.size()))
        return Definition{name, NameKind::function, exported, {}, 0, false};
    inner.text = text;
    std::optional<Definition> found = function(inner);
    if (found) found->exported = exported;
    return found;
}

}  // namespace lanekeeper::builtin
