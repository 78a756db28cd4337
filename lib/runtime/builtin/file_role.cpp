#include "runtime/builtin/language.hpp"
#include "runtime/builtin/text.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace lanekeeper::builtin {

namespace {

constexpr std::array<std::string_view, 12> lock_files{
    "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "npm-shrinkwrap.json",
    "cargo.lock",        "go.sum",    "poetry.lock",    "gemfile.lock",
    "composer.lock",     "uv.lock",   "pipfile.lock",   "flake.lock"};

constexpr std::array<std::string_view, 14> manifests{
    "package.json", "cargo.toml",   "go.mod",  "pyproject.toml", "setup.py",      "setup.cfg",  "pipfile",
    "gemfile",      "build.gradle", "pom.xml", "composer.json",  "conanfile.txt", "vcpkg.json", "conanfile.py"};

constexpr std::array<std::string_view, 9> build_files{"cmakelists.txt",     "makefile",    "gnumakefile",
                                                      "meson.build",        "dockerfile",  "cmakepresets.json",
                                                      "docker-compose.yml", "build.ninja", "justfile"};

constexpr std::array<std::string_view, 14> config_endings{
    ".yaml",       ".yml", ".toml",    ".ini",   ".cfg",          ".conf",   ".json",
    ".properties", ".env", ".service", ".jsonc", ".editorconfig", ".socket", ".gitignore"};

template <class Names>
bool one_of(std::string_view name, const Names& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// A path in lower case with "/" in front, so that every folder reads "/name/"; folders without the file's name.
struct Place {
    std::string_view folders;
    std::string_view name;

    bool in(std::string_view folder) const { return contains(folders, folder); }
};

bool is_test(const Place& place) {
    const std::string_view name = place.name;
    for (std::string_view folder : {"/test/", "/tests/", "/spec/", "/__tests__/", "/testdata/", "/e2e/"})
        if (place.in(folder)) return true;
    const std::string_view stem = name.substr(0, name.find('.'));
    if (stem.starts_with("test_") || stem.ends_with("_test") || stem.ends_with("_tests") || stem.ends_with("_spec"))
        return true;
    if (contains(name, ".test.") || contains(name, ".spec.")) return true;
    return name.ends_with("test.java") || name.ends_with("tests.cs") || name.ends_with("test.kt");
}

bool is_ci(const Place& place) {
    const std::string_view name = place.name;
    return place.in("/.github/workflows/") || place.in("/.circleci/") || place.in("/.ci/") ||
           name == ".gitlab-ci.yml" || name == "jenkinsfile" || name == ".travis.yml" || name == "azure-pipelines.yml";
}

bool is_generated(const Place& place) {
    const std::string_view name = place.name;
    for (std::string_view folder : {"/node_modules/", "/vendor/", "/third_party/", "/generated/", "/dist/"})
        if (place.in(folder)) return true;
    return contains(name, ".min.") || contains(name, ".pb.") || contains(name, "_pb2") || name.ends_with(".snap") ||
           name.ends_with(".svg");
}

bool is_migration(const Place& place) {
    return place.in("/migrations/") || place.in("/migration/") || place.in("/migrate/");
}

bool is_docs(const Place& place) {
    const std::string_view name = place.name;
    for (std::string_view ending : {".md", ".rst", ".adoc", ".markdown"})
        if (name.ends_with(ending)) return true;
    if (name.starts_with("license") || name.starts_with("changelog") || name.starts_with("readme")) return true;
    return name.ends_with(".txt") && (place.in("/docs/") || place.in("/doc/"));
}

bool is_requirements(std::string_view name) { return name.starts_with("requirements") && name.ends_with(".txt"); }

bool is_config(std::string_view name) {
    if (name.starts_with(".env")) return true;
    return std::any_of(config_endings.begin(), config_endings.end(),
                       [name](std::string_view ending) { return name.ends_with(ending); });
}

}  // namespace

FileRole role_of(std::string_view path) {
    const std::string whole = "/" + lower(path);
    const std::string_view name = file_name(whole);
    const Place place{std::string_view(whole).substr(0, whole.size() - name.size()), name};
    if (one_of(name, lock_files)) return FileRole::lock;
    if (is_generated(place)) return FileRole::generated;
    if (is_ci(place)) return FileRole::ci;
    if (is_test(place)) return FileRole::test;
    if (is_migration(place)) return FileRole::migration;
    if (one_of(name, manifests) || is_requirements(name)) return FileRole::dependencies;
    if (one_of(name, build_files) || name.ends_with(".cmake") || name.ends_with(".mk")) return FileRole::build;
    if (is_docs(place)) return FileRole::docs;
    if (is_config(name)) return FileRole::config;
    return FileRole::source;
}

bool is_public_header(std::string_view path) { return language_of(path).header && role_of(path) == FileRole::source; }

}  // namespace lanekeeper::builtin
