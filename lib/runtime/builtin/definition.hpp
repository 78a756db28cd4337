#pragma once

#include "runtime/builtin/language.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace lanekeeper::builtin {

enum class NameKind { function, type, test, heading, table, setting, dependency, target, import };

/// One line of source, as the definition readers see it.
struct SourceLine {
    std::string_view text;   ///< without surrounding blanks
    std::size_t indent = 0;  ///< bytes of leading white space
    bool header = false;     ///< the file is a C or C++ header
    bool whole = true;       ///< false for the context of a hunk header, which may have been cut
};

struct Definition {
    std::string_view name;  ///< occurs literally in the line
    NameKind kind = NameKind::function;
    bool exported = false;   ///< other files can use it, as far as the line tells
    std::string_view value;  ///< settings and dependencies: what is on the right, else empty
    std::size_t level = 0;   ///< headings: depth, 1 is the top
    bool elsewhere = false;  ///< only touched here, not defined: ALTER and DROP
};

/// One that has a name and a kind only.
inline Definition named(std::string_view name, NameKind kind, bool exported = false) {
    return {name, kind, exported, {}, 0, false};
}

/// What this line defines or declares, if it does. A reading by heuristics: it prefers silence to a wrong name.
std::optional<Definition> definition_in(Language language, const SourceLine& line);

// One reader per family; definition_in() chooses.
std::optional<Definition> c_definition(const SourceLine& line);
std::optional<Definition> java_definition(const SourceLine& line);
std::optional<Definition> javascript_definition(const SourceLine& line);
std::optional<Definition> python_definition(const SourceLine& line);
std::optional<Definition> ruby_definition(const SourceLine& line);
std::optional<Definition> go_definition(const SourceLine& line);
std::optional<Definition> rust_definition(const SourceLine& line);
std::optional<Definition> shell_definition(const SourceLine& line);
std::optional<Definition> sql_definition(const SourceLine& line);
std::optional<Definition> build_definition(const SourceLine& line);
std::optional<Definition> general_definition(const SourceLine& line);
std::optional<Definition> markdown_heading(const SourceLine& line);
std::optional<Definition> json_setting(const SourceLine& line);
std::optional<Definition> yaml_setting(const SourceLine& line);
std::optional<Definition> assigned_setting(const SourceLine& line);

/// The package that a line of a manifest (package.json, go.mod, …) asks for, with its version as the value.
std::optional<Definition> dependency_in(std::string_view manifest_path, const SourceLine& line);

/// The module that an import, include or use line names.
std::optional<Definition> import_in(Language language, const SourceLine& line);

/// A line of one repeated punctuation mark, as it underlines a heading with at least this many columns.
bool underlines(Language language, std::string_view line, std::string_view title);

/// Position of the bracket that closes the one at `open`, or npos.
std::size_t closing_bracket(std::string_view text, std::size_t open);

}  // namespace lanekeeper::builtin
