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

/// One Markdown sentence, without a bullet, about what happened to this file, one of `of_files`. Among many files
/// it names less of each; of a single file it leaves the counts to the summary.
std::string describe_file(const ListedFile& file, std::size_t of_files);

/// What a reviewer should look at first: the most pressing first, at most `most`. Sentences without bullets.
std::vector<std::string> review_advice(const std::vector<ListedFile>& files, std::size_t most);

}  // namespace lanekeeper::builtin
