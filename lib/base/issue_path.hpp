#pragma once
#include "base/json.hpp"

#include <string>

namespace lanekeeper {

/// An issue's path as people read it: "instructionPolicy.sandbox", "argv[1]"; empty for the whole.
std::string path_text(const json::array& path);

}  // namespace lanekeeper
