#pragma once
#include "base/json.hpp"

#include <string_view>

namespace lanekeeper::web {

/// What stands for a secret's text.
inline constexpr std::string_view masked_text = "***";

/// A runtime's configuration without its secrets: every text at or below a member whose name speaks of one is replaced by
/// `masked_text`: `env`, and what names a token, a key, headers, a password, a secret or a credential, in any case. Numbers,
/// truths and nulls stay: they are limits and switches. Rather too much is masked than too little. Pure.
json::value masked(json::value config);

}  // namespace lanekeeper::web
