#include "runtime/builtin/definition.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <array>
#include <string>

// What manifests ask for, and what source files import.
namespace lanekeeper::builtin {

namespace {

// Keys of manifests that look like "name = version" and are none.
constexpr std::array<std::string_view, 20> own_fields{
    "version",    "name",    "edition", "license",        "description", "rust-version", "requires-python",
    "node",       "npm",     "main",    "packageManager", "resolver",    "authors",      "homepage",
    "repository", "engines", "python",  "private",        "type",        "readme"};

Definition wanted(std::string_view name, std::string_view version) {
    return {name, NameKind::dependency, false, version, 0, false};
}

bool is_version(std::string_view text) {
    if (text.empty()) return false;
    if (text.starts_with("workspace:") || text == "latest") return true;
    const std::size_t first = text.find_first_not_of("^~<>=!v ");
    if (text[0] == '*') return true;
    return first != std::string_view::npos && first <= 3 && is_digit(text[first]) && contains(text, ".");
}

std::size_t package_end(std::string_view text) {
    std::size_t end = 0;
    while (end < text.size() && (is_word(text[end]) || contains("-.", text.substr(end, 1)))) ++end;
    return end;
}

/// "name==1.2", "name>=1,<2", "name[extra]~=1.4 ; marker"
std::optional<Definition> python_requirement(std::string_view text) {
    const std::size_t end = package_end(text);
    if (end == 0) return std::nullopt;
    std::string_view rest = trim(text.substr(end));
    if (rest.starts_with('[')) rest = trim(rest.substr(std::min(rest.size(), rest.find(']') + 1)));
    rest = trim(rest.substr(0, rest.find_first_of(";#")));
    if (!rest.empty() && !contains("=<>~!", rest.substr(0, 1))) return std::nullopt;
    if (rest.starts_with("==")) rest.remove_prefix(2);
    return wanted(text.substr(0, end), rest);
}

/// name = "1.2" and name = { version = "1.2", … }
std::optional<Definition> toml_requirement(const SourceLine& line) {
    const std::size_t equals = line.text.find('=');
    if (line.text[0] == '"' || equals == std::string_view::npos) {
        const auto inside = leading_string(line.text);
        auto found = inside ? python_requirement(*inside) : std::nullopt;
        return found && !found->value.empty() ? found : std::nullopt;
    }
    const std::string_view key = trim(line.text.substr(0, equals));
    std::string_view value = trim(line.text.substr(equals + 1));
    if (value.starts_with('{')) {
        const std::size_t at = value.find("version = ");
        value = at == std::string_view::npos ? std::string_view{} : value.substr(at + 10);
    }
    const auto version = leading_string(value);
    const bool own = std::find(own_fields.begin(), own_fields.end(), key) != own_fields.end();
    if (own || !version || !is_version(*version) || package_end(key) != key.size()) return std::nullopt;
    return wanted(key, *version);
}

std::optional<Definition> json_requirement(const SourceLine& line) {
    const auto found = json_setting(line);
    if (!found || !is_version(found->value)) return std::nullopt;
    if (std::find(own_fields.begin(), own_fields.end(), found->name) != own_fields.end()) return std::nullopt;
    return wanted(found->name, found->value);
}

/// "require example.org/x v1.2.3" or, inside the block, without the first word.
std::optional<Definition> go_requirement(std::string_view text) {
    take_word(text, "require");
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const std::string_view module = text.substr(0, blank);
    std::string_view version = trim(text.substr(blank));
    version = version.substr(0, version.find(' '));
    if (!contains(module, ".") || !version.starts_with('v')) return std::nullopt;
    return wanted(module, version);
}

std::optional<Definition> gem_requirement(std::string_view text) {
    if (!take_word(text, "gem")) return std::nullopt;
    const auto name = leading_string(text);
    if (!name) return std::nullopt;
    const std::size_t comma = text.find(',');
    const auto version = comma == std::string_view::npos ? std::nullopt : leading_string(trim(text.substr(comma + 1)));
    return wanted(*name, version.value_or(std::string_view{}));
}

/// The module name in quotes behind `word`, as in: import x from "y".
std::optional<Definition> quoted_module(std::string_view text, std::string_view word) {
    const std::size_t at = word.empty() ? 0 : text.rfind(word);
    if (at == std::string_view::npos) return std::nullopt;
    const auto name = leading_string(trim(text.substr(at + word.size())));
    if (!name) return std::nullopt;
    return Definition{*name, NameKind::import, false, {}, 0, false};
}

Definition module_until(std::string_view text, std::string_view stops) {
    return {trim(text.substr(0, text.find_first_of(stops))), NameKind::import, false, {}, 0, false};
}

std::optional<Definition> c_include(std::string_view text) {
    if (!text.starts_with("#include")) return std::nullopt;
    std::string_view operand = trim(text.substr(8));
    if (operand.starts_with('<')) operand = operand.substr(0, operand.find('>') + 1);
    else if (operand.starts_with('"')) operand = operand.substr(0, operand.find('"', 1) + 1);
    else return std::nullopt;
    return Definition{operand, NameKind::import, false, {}, 0, false};
}

}  // namespace

std::optional<Definition> dependency_in(std::string_view manifest_path, const SourceLine& line) {
    if (line.text.empty() || line.text[0] == '#' || line.text.starts_with("//")) return std::nullopt;
    const std::string name = lower(file_name(manifest_path));
    if (name == "package.json" || name == "composer.json") return json_requirement(line);
    if (name == "cargo.toml" || name == "pyproject.toml" || name == "pipfile") return toml_requirement(line);
    if (name == "go.mod") return go_requirement(line.text);
    if (name == "gemfile") return gem_requirement(line.text);
    if (name.starts_with("requirements")) return python_requirement(line.text);
    return std::nullopt;
}

std::optional<Definition> import_in(Language language, const SourceLine& line) {
    std::string_view text = line.text;
    if (language == Language::c_family) return c_include(text);
    if (language == Language::python) {
        if (line.indent == 0 && take_word(text, "from")) return module_until(text, " ");
        if (line.indent == 0 && take_word(text, "import")) return module_until(text, " ,;");
    }
    if (language == Language::javascript && (text.starts_with("import ") || text.starts_with("} from ")))
        return quoted_module(text, contains(text, " from ") ? " from " : "import ");
    if (language == Language::java && line.indent == 0) {
        if (take_word(text, "import")) {
            take_word(text, "static");
            return module_until(text, ";");
        }
        if (take_word(text, "using") && !contains(text, "(") && !contains(text, "=")) return module_until(text, ";");
    }
    if (language == Language::rust && take_word(text, "use")) return module_until(text, ";{");
    if (language == Language::go && text.starts_with("import \"")) return quoted_module(text, "import ");
    // A string alone on its line, without a comma, stands in an import block.
    if (language == Language::go && text.starts_with('"') && text.find('"', 1) == text.size() - 1)
        return quoted_module(text, "");
    if (language == Language::ruby && text.starts_with("require")) return quoted_module(text, leading_word(text));
    return std::nullopt;
}

}  // namespace lanekeeper::builtin
