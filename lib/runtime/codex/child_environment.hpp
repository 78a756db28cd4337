#pragma once
#include <string>
#include <vector>

namespace lanekeeper::codex {

/// What the child may know of our environment (NAME=value): where things are, the language, the network's proxies and
/// certificates, and its own settings. Nothing else: what else we were given is not for commands that a model writes.
std::vector<std::string> child_environment(const std::vector<std::string>& ours, const std::string& codex_home,
                                           const std::string& api_key);

}  // namespace lanekeeper::codex
