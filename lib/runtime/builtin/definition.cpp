#include "runtime/builtin/definition.hpp"

#include "runtime/builtin/text.hpp"

namespace lanekeeper::builtin {

namespace {

// Definitions stand near the front of a line; the rest of a minified line is not worth reading.
constexpr std::size_t longest_line_read = 400;

bool is_comment(Language language, std::string_view text) {
    switch (language) {
        case Language::c_family:
        case Language::java:
        case Language::javascript:
        case Language::go:
        case Language::rust:
        case Language::general: return text.starts_with("//") || text.starts_with("/*") || text.starts_with("*");
        case Language::sql: return text.starts_with("--") || text.starts_with("/*");
        case Language::markdown:
        case Language::rst: return false;
        case Language::json: return text.starts_with("//");
        default: return text.starts_with("#");
    }
}

std::optional<Definition> read(Language language, const SourceLine& line) {
    switch (language) {
        case Language::plain: return std::nullopt;
        case Language::c_family: return c_definition(line);
        case Language::java: return java_definition(line);
        case Language::javascript: return javascript_definition(line);
        case Language::python: return python_definition(line);
        case Language::go: return go_definition(line);
        case Language::rust: return rust_definition(line);
        case Language::ruby: return ruby_definition(line);
        case Language::shell: return shell_definition(line);
        case Language::sql: return sql_definition(line);
        case Language::markdown:
        case Language::rst: return markdown_heading(line);
        case Language::json: return json_setting(line);
        case Language::yaml: return yaml_setting(line);
        case Language::assignments: return assigned_setting(line);
        case Language::cmake:
        case Language::make: return build_definition(line);
        case Language::general: return general_definition(line);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Definition> definition_in(Language language, const SourceLine& line) {
    if (line.text.empty() || is_comment(language, line.text)) return std::nullopt;
    SourceLine shortened = line;
    shortened.text = cut(line.text, longest_line_read);
    if (shortened.text.size() < line.text.size()) shortened.whole = false;
    return read(language, shortened);
}

std::size_t closing_bracket(std::string_view text, std::size_t open) {
    int depth = 0;
    for (std::size_t at = open; at < text.size(); ++at) {
        if (text[at] == '(') ++depth;
        if (text[at] == ')' && --depth == 0) return at;
    }
    return std::string_view::npos;
}

}  // namespace lanekeeper::builtin
