#pragma once
#include "base/settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::web {

// Who may talk to a daemon on localhost (api.md 1): a page from elsewhere must not, neither by its own name (Origin) nor
// by a name of its own that resolves here (Host). Pure.

struct Authority {
    std::string host;  // lower case, no brackets, no dot at its end
    std::optional<int> port;
};

/// "name", "name:port", "[v6]", "[v6]:port"; nothing on anything else.
std::optional<Authority> read_authority(std::string_view text);

/// Names that are ours, and origins that are allowed beside our own.
struct OriginRules {
    std::vector<std::string> hosts;
    std::vector<std::string> origins;
    int port = 0;  // that we listen on
};

/// Of a daemon with these settings: the address that it listens on is a name of ours too.
OriginRules origin_rules(const WebSettings& web);

bool host_allowed(const OriginRules& rules, std::string_view host);

/// An allowed origin, or one of our own: a name that is ours at the port of the request's Host, or at our port.
bool origin_allowed(const OriginRules& rules, std::string_view origin, std::string_view host);

}  // namespace lanekeeper::web
