#pragma once
#include <optional>
#include <string>

namespace lanekeeper::codex {

/// The executable behind CODEX_BIN: a path, or a name that is looked for in `search_path` (PATH's form). npm installs a
/// launcher script beside the native binary; the binary is what is wanted, since a killed launcher leaves it behind
/// (runtime.md 2, Framing). Nothing when there is no such executable.
std::optional<std::string> find_codex(const std::string& name, const std::string& search_path);

}  // namespace lanekeeper::codex
