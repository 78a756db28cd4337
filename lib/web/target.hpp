#pragma once
#include "base/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::web {

/// A request target taken apart and decoded.
struct Target {
    Target() = default;
    std::vector<std::string> segments;         // of the path; one slash at its end does not count
    std::map<std::string, std::string> query;
};

/// Refuses with `invalid_request`: broken percent-encoding, bytes that are not UTF-8, NUL, a query name given twice.
Result<Target> read_target(std::string_view target);

/// Nothing when the text is not what percent-encoding writes. `plus_is_space`: as in queries.
Result<std::string> percent_decode(std::string_view text, bool plus_is_space);

bool is_utf8(std::string_view text);

}  // namespace lanekeeper::web
