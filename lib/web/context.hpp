#pragma once
#include "web/feed.hpp"
#include "web/origin.hpp"
#include "web/router.hpp"
#include "web/services.hpp"

namespace lanekeeper::web {

/// What all connections of a server share. Built at its start, outlives them.
struct WebContext {
    Services& services;
    WebCounters& counters;
    Router router;
    OriginRules origins;
    FeedSources feed;
};

}  // namespace lanekeeper::web
