#pragma once

#include <string>
#include <string_view>

namespace lanekeeper::builtin {

/// What a turn was given, in Markdown: size, files and paths named, questions asked, links, code blocks, and the
/// results of dependencies by id, status and size. For every turn that the built-in runtime cannot answer better.
/// At most 2,000 bytes, never empty, never the input itself. Deterministic; linear in the input.
std::string digest(std::string_view input);

}  // namespace lanekeeper::builtin
