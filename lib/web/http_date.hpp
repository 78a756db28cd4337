#pragma once
#include "base/time.hpp"

#include <string>

namespace lanekeeper::web {

/// "Tue, 14 Nov 2023 22:13:20 GMT".
std::string http_date(WallTime time);

}  // namespace lanekeeper::web
