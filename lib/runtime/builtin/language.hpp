#pragma once

#include <string_view>

namespace lanekeeper::builtin {

/// Families of notation that are read alike.
enum class Language {
    plain,
    c_family,
    java,        ///< Java and C#
    javascript,  ///< and TypeScript
    python,
    go,
    rust,
    ruby,
    shell,
    sql,
    markdown,
    rst,
    json,
    yaml,
    assignments,  ///< TOML, INI, .env, .properties: key = value
    cmake,
    make,
    general,  ///< class, func, fun, function, def … of anything else that is code
};

struct LanguageOf {
    Language language = Language::plain;
    std::string_view name;  ///< as people write it, "" when unknown; static storage
    bool header = false;    ///< a C or C++ header
};

/// From the file name alone.
LanguageOf language_of(std::string_view path);

/// From a first line like "#!/usr/bin/env bash"; nothing for any other line.
LanguageOf language_of_script(std::string_view first_line);

/// What a file is for, from its path alone.
enum class FileRole {
    source,
    test,
    docs,
    config,
    ci,
    dependencies,  ///< a manifest that people edit: package.json, go.mod, …
    lock,          ///< written by a package manager
    migration,
    build,
    generated,
};

FileRole role_of(std::string_view path);

/// A header that other programs may include: a header that is not inside a test or a source-only folder.
bool is_public_header(std::string_view path);

std::string_view file_name(std::string_view path);

}  // namespace lanekeeper::builtin
