#pragma once
#include <string>
#include <string_view>

namespace lanekeeper {

/// Bytes of any kind as UTF-8: what is none is replaced, byte by byte, with U+FFFD.
std::string to_utf8(std::string_view bytes);

}  // namespace lanekeeper
