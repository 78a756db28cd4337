#pragma once
#include "web/api.hpp"

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper::web {

/// What a path and a verb lead to. Neither a route nor verbs: nobody lives there (404). Verbs alone: 405.
struct RouteMatch {
    const Route* route = nullptr;
    std::map<std::string, std::string> params;
    std::string allow;  // "GET, HEAD, OPTIONS": for 405 and OPTIONS; empty when the path is unknown

    bool known_path() const { return !allow.empty(); }
};

/// The table, split once. Fixed words win over ":name", from left to right. Throws std::logic_error when two routes of
/// the table are the same. HEAD is answered by GET's route.
class Router {
public:
    explicit Router(std::vector<Route> routes);
    Router(const Router&) = delete;
    Router& operator=(const Router&) = delete;

    RouteMatch find(std::string_view method, const std::vector<std::string>& segments) const;

    std::span<const Route> routes() const { return routes_; }

private:
    struct Pattern {
        std::vector<std::string_view> words;
        const Route* route;
    };
    std::vector<Route> routes_;
    std::map<std::size_t, std::vector<Pattern>> by_length_;  // most fixed words first
};

std::string_view to_word(Verb verb);  // GET …

}  // namespace lanekeeper::web
