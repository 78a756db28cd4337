#pragma once
#include <string_view>

namespace lanekeeper::web {

/// Whether it is a `traceparent` (W3C Trace Context, 3.2): lower-case hex of version, trace, parent and flags. What a later
/// version adds behind them is left to it, as long as it is visible ASCII. A value that is none is as good as absent
/// (ibid., 4.3).
bool is_traceparent(std::string_view text);

}  // namespace lanekeeper::web
