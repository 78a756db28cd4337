#pragma once
#include <filesystem>
#include <optional>
#include <string>

namespace lanekeeper {

/// The executable of that name: a path, or a name without / that is looked for in `search_path` (PATH's form; its empty
/// members are skipped). Nothing when there is no such executable.
std::optional<std::filesystem::path> find_program(const std::string& name, const std::string& search_path);

}  // namespace lanekeeper
