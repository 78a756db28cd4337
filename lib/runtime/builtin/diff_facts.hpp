#pragma once

#include "runtime/builtin/definition.hpp"
#include "runtime/builtin/file_change.hpp"
#include "runtime/builtin/signals.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace lanekeeper::builtin {

enum class ChangeKind { added, modified, deleted };

enum class Touch {
    added,
    removed,
    changed,  ///< its defining line is there before and after, and differs
    moved,    ///< its defining line was taken out and put back as it was
    inside,   ///< lines within it changed
};

/// A name that a change touches. `name` and `before`/`after` occur literally in the diff.
struct TouchedName {
    std::string name;
    NameKind kind = NameKind::function;
    Touch touch = Touch::inside;
    bool exported = false;
    std::string before;  ///< settings, dependencies: the old value; else the old defining line
    std::string after;

    bool operator==(const TouchedName&) const = default;
};

struct FoundSignal {
    SignalKind kind;
    std::string marker;
    std::size_t count = 0;
};

/// What one file's diff says. Counts are those of `git diff --numstat`; a binary file has none.
struct FileFacts {
    std::string path;      ///< the old path of a renamed file
    std::string moved_to;  ///< empty unless renamed
    ChangeKind kind = ChangeKind::modified;
    LanguageOf language;
    FileRole role = FileRole::source;
    std::size_t added = 0;
    std::size_t removed = 0;
    std::size_t hunks = 0;
    bool binary = false;
    bool mode_changed = false;
    bool malformed = false;          ///< the diff broke its own rules; counts are a best reading
    bool whitespace_only = false;    ///< the same text apart from blanks and line ends
    bool comments_only = false;      ///< every changed line is blank or a comment
    std::vector<TouchedName> names;  ///< in order of appearance, without repetition
    std::vector<FoundSignal> signals;

    const std::string& shown_path() const { return moved_to.empty() ? path : moved_to; }
    std::size_t lines() const { return added + removed; }
};

/// Reads every change; a change whose diff holds several files becomes several facts. Never throws but
/// bad_alloc; time and memory are linear in the size of the input.
std::vector<FileFacts> read_facts(const std::vector<FileChange>& changes);

}  // namespace lanekeeper::builtin
