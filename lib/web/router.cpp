#include "web/router.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace lanekeeper::web {
namespace {

bool is_name(std::string_view word) { return word.starts_with(':'); }

std::vector<std::string_view> words_of(std::string_view pattern) {
    std::vector<std::string_view> words;
    pattern.remove_prefix(1);
    while (!pattern.empty()) {
        auto slash = std::min(pattern.find('/'), pattern.size());
        words.push_back(pattern.substr(0, slash));
        pattern.remove_prefix(std::min(slash + 1, pattern.size()));
    }
    return words;
}

/// Where names stand; fewer and later ones come first in the order of matching.
std::vector<bool> names_of(const std::vector<std::string_view>& words) {
    std::vector<bool> names;
    for (auto word : words) names.push_back(is_name(word));
    return names;
}

bool fits(const std::vector<std::string_view>& words, const std::vector<std::string>& segments) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (is_name(words[i]) ? segments[i].empty() : words[i] != segments[i]) return false;
    }
    return true;
}

bool same_place(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != b[i] && !(is_name(a[i]) && is_name(b[i]))) return false;
    return true;
}

std::string join(const std::set<std::string_view>& verbs) {
    std::string text;
    for (auto verb : verbs) text += (text.empty() ? "" : ", ") + std::string(verb);
    return text;
}

}  // namespace

std::string_view to_word(Verb verb) {
    switch (verb) {
        case Verb::get: return "GET";
        case Verb::post: return "POST";
        case Verb::patch: return "PATCH";
        case Verb::del: return "DELETE";
    }
    return "";
}

Router::Router(std::vector<Route> routes) : routes_(std::move(routes)) {
    for (const auto& route : routes_) {
        Pattern pattern{words_of(route.pattern), &route};
        auto& peers = by_length_[pattern.words.size()];
        for (const auto& peer : peers) {
            if (peer.route->verb == route.verb && same_place(peer.words, pattern.words))
                throw std::logic_error("two routes for " + std::string(route.pattern));
        }
        peers.push_back(std::move(pattern));
    }
    for (auto& [length, patterns] : by_length_) {
        std::sort(patterns.begin(), patterns.end(),
                         [](const Pattern& a, const Pattern& b) { return names_of(a.words) < names_of(b.words); });
    }
}

RouteMatch Router::find(std::string_view method, const std::vector<std::string>& segments) const {
    RouteMatch match;
    auto patterns = by_length_.find(segments.size());
    if (patterns == by_length_.end()) return match;
    std::string_view wanted = method == "HEAD" ? "GET" : method;
    const Pattern* place = nullptr;
    std::set<std::string_view> verbs;
    for (const auto& pattern : patterns->second) {
        if (!fits(pattern.words, segments)) continue;
        if (!place) place = &pattern;
        if (!same_place(place->words, pattern.words)) break;  // a more general path: the fixed one has won
        verbs.insert(to_word(pattern.route->verb));
        if (to_word(pattern.route->verb) != wanted) continue;
        match.route = pattern.route;
        for (std::size_t i = 0; i < segments.size(); ++i)
            if (is_name(pattern.words[i])) match.params[std::string(pattern.words[i].substr(1))] = segments[i];
    }
    if (verbs.empty()) return match;
    if (verbs.contains("GET")) verbs.insert("HEAD");
    verbs.insert("OPTIONS");
    match.allow = join(verbs);
    return match;
}

}  // namespace lanekeeper::web
