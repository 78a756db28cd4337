#pragma once

#include "runtime/builtin/diff_facts.hpp"

#include <string>
#include <vector>

namespace lanekeeper::builtin {

/// A file as an explanation lists it.
struct ListedFile {
    const FileFacts* facts;
    std::string path;      ///< shortened for reading, a code span
    std::string old_path;  ///< of a renamed file, else empty
};

/// Files in the order in which a reviewer wants them: source and migrations, then what configures and builds,
/// tests, documentation, and last what tools write; larger changes first within each. `files` must outlive it.
std::vector<ListedFile> in_reading_order(const std::vector<FileFacts>& files);

/// "+3 −1", "+3", "−1" or "".
std::string line_counts(std::size_t added, std::size_t removed);

/// What is said about one file, to stand behind its path.
struct FileDescription {
    std::string label;   ///< " (new test, Python, +40)", or empty
    std::string events;  ///< "adds function `f`; edits inside `g`"

    bool operator==(const FileDescription&) const = default;
};

/// One of `of_files`: among many files less of each is named, and of a single file the counts are left to the
/// summary. `each`: the description stands for several files that have it in common.
FileDescription describe_file(const FileFacts& file, std::size_t of_files, bool each = false);

/// What a reviewer should look at first: the most pressing first, at most `most`. Sentences without bullets.
std::vector<std::string> review_advice(const std::vector<ListedFile>& files, std::size_t most);

}  // namespace lanekeeper::builtin
