#pragma once
#include <string_view>
#include <vector>

namespace lanekeeper {

/// A file of `config/agents` as it was when this was built: made by lib/agents/compile_agents.cmake.
struct CompiledAgent {
    std::string_view name;  // the file's, without .json
    std::string_view text;
};

std::vector<CompiledAgent> compiled_agents();

}  // namespace lanekeeper
