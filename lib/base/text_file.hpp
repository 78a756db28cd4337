#pragma once
#include <cstdint>
#include <string>

namespace lanekeeper {

/// All of a file that a person wrote. Throws std::invalid_argument when it cannot be read or is larger than that.
std::string read_text_file(const std::string& path, std::uintmax_t largest = 1 << 20);

}  // namespace lanekeeper
