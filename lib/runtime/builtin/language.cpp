#include "runtime/builtin/language.hpp"

#include "runtime/builtin/text.hpp"

#include <array>
#include <string>

namespace lanekeeper::builtin {

namespace {

struct Extension {
    std::string_view ending;
    LanguageOf language;
};

constexpr std::array extensions{
    Extension{"c", {Language::c_family, "C", false}},
    Extension{"h", {Language::c_family, "C/C++", true}},
    Extension{"cpp", {Language::c_family, "C++", false}},
    Extension{"cc", {Language::c_family, "C++", false}},
    Extension{"cxx", {Language::c_family, "C++", false}},
    Extension{"hpp", {Language::c_family, "C++", true}},
    Extension{"hh", {Language::c_family, "C++", true}},
    Extension{"hxx", {Language::c_family, "C++", true}},
    Extension{"ipp", {Language::c_family, "C++", true}},
    Extension{"java", {Language::java, "Java", false}},
    Extension{"cs", {Language::java, "C#", false}},
    Extension{"js", {Language::javascript, "JavaScript", false}},
    Extension{"mjs", {Language::javascript, "JavaScript", false}},
    Extension{"cjs", {Language::javascript, "JavaScript", false}},
    Extension{"jsx", {Language::javascript, "JavaScript", false}},
    Extension{"ts", {Language::javascript, "TypeScript", false}},
    Extension{"mts", {Language::javascript, "TypeScript", false}},
    Extension{"tsx", {Language::javascript, "TypeScript", false}},
    Extension{"vue", {Language::javascript, "Vue", false}},
    Extension{"svelte", {Language::javascript, "Svelte", false}},
    Extension{"py", {Language::python, "Python", false}},
    Extension{"pyi", {Language::python, "Python", false}},
    Extension{"go", {Language::go, "Go", false}},
    Extension{"rs", {Language::rust, "Rust", false}},
    Extension{"rb", {Language::ruby, "Ruby", false}},
    Extension{"rake", {Language::ruby, "Ruby", false}},
    Extension{"sh", {Language::shell, "shell", false}},
    Extension{"bash", {Language::shell, "shell", false}},
    Extension{"zsh", {Language::shell, "shell", false}},
    Extension{"sql", {Language::sql, "SQL", false}},
    Extension{"md", {Language::markdown, "Markdown", false}},
    Extension{"markdown", {Language::markdown, "Markdown", false}},
    Extension{"rst", {Language::rst, "reStructuredText", false}},
    Extension{"adoc", {Language::rst, "AsciiDoc", false}},
    Extension{"json", {Language::json, "JSON", false}},
    Extension{"jsonc", {Language::json, "JSON", false}},
    Extension{"yaml", {Language::yaml, "YAML", false}},
    Extension{"yml", {Language::yaml, "YAML", false}},
    Extension{"toml", {Language::assignments, "TOML", false}},
    Extension{"ini", {Language::assignments, "INI", false}},
    Extension{"cfg", {Language::assignments, "INI", false}},
    Extension{"conf", {Language::assignments, "", false}},
    Extension{"env", {Language::assignments, "", false}},
    Extension{"service", {Language::assignments, "systemd unit", false}},
    Extension{"properties", {Language::assignments, "properties", false}},
    Extension{"cmake", {Language::cmake, "CMake", false}},
    Extension{"mk", {Language::make, "Make", false}},
    Extension{"kt", {Language::general, "Kotlin", false}},
    Extension{"kts", {Language::general, "Kotlin", false}},
    Extension{"swift", {Language::general, "Swift", false}},
    Extension{"scala", {Language::general, "Scala", false}},
    Extension{"php", {Language::general, "PHP", false}},
    Extension{"lua", {Language::general, "Lua", false}},
    Extension{"ex", {Language::general, "Elixir", false}},
    Extension{"exs", {Language::general, "Elixir", false}},
    Extension{"dart", {Language::general, "Dart", false}},
    Extension{"pl", {Language::general, "Perl", false}},
    Extension{"zig", {Language::rust, "Zig", false}},
    Extension{"proto", {Language::general, "Protocol Buffers", false}},
    Extension{"graphql", {Language::general, "GraphQL", false}},
    Extension{"html", {Language::plain, "HTML", false}},
    Extension{"css", {Language::plain, "CSS", false}},
    Extension{"scss", {Language::plain, "CSS", false}},
    Extension{"xml", {Language::plain, "XML", false}},
    Extension{"txt", {Language::plain, "text", false}},
};

std::string_view extension_of(std::string_view name) {
    const std::size_t dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

}  // namespace

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

LanguageOf language_of_script(std::string_view first_line) {
    if (!first_line.starts_with("#!")) return {};
    if (contains(first_line, "python")) return {Language::python, "Python", false};
    if (contains(first_line, "ruby")) return {Language::ruby, "Ruby", false};
    if (contains(first_line, "node")) return {Language::javascript, "JavaScript", false};
    if (trim(first_line).ends_with("sh")) return {Language::shell, "shell", false};
    return {};
}

LanguageOf language_of(std::string_view path) {
    const std::string_view name = file_name(path);
    if (name == "CMakeLists.txt") return {Language::cmake, "CMake", false};
    if (name == "Makefile" || name == "GNUmakefile") return {Language::make, "Make", false};
    if (name == "Gemfile" || name == "Rakefile") return {Language::ruby, "Ruby", false};
    if (name == "Dockerfile") return {Language::plain, "Dockerfile", false};
    if (name == "go.mod") return {Language::plain, "Go module", false};
    if (name.starts_with(".env")) return {Language::assignments, "", false};
    const std::string ending = lower(extension_of(name));
    for (const Extension& known : extensions)
        if (known.ending == ending) return known.language;
    return {};
}

}  // namespace lanekeeper::builtin
