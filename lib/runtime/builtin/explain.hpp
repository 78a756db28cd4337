#pragma once

#include "runtime/builtin/diff_facts.hpp"
#include "runtime/builtin/file_change.hpp"

#include <string>
#include <vector>

namespace lanekeeper::builtin {

/// Explains a set of file changes in Markdown: a summary line, what happened to each file (the first 40 that
/// matter most), and what to look at first. Everything in a code span occurs literally in a diff or a path.
/// `truncated`: the diffs were cut before they came here; the text says so. Deterministic; linear in the input;
/// the result stays under 20,000 bytes. Never empty.
std::string explain(const std::vector<FileChange>& changes, bool truncated);

/// The same from facts already read.
std::string explain_facts(const std::vector<FileFacts>& files, bool truncated);

}  // namespace lanekeeper::builtin
