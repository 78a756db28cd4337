#include "web/origin.hpp"

#include "web/http_head.hpp"

#include <algorithm>
#include <charconv>

namespace lanekeeper::web {
namespace {

std::string lowered(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = char(c + 32);
    return result;
}

std::optional<int> read_port(std::string_view text) {
    int port = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) return {};
    return port;
}

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_v6_char(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; }

/// A name as settings and headers may both spell it.
std::string plain(std::string_view host) {
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return lowered(host);
}

int default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool known_host(const OriginRules& rules, const std::string& host) {
    return std::any_of(rules.hosts.begin(), rules.hosts.end(), [&](const auto& ours) { return plain(ours) == host; });
}

}  // namespace

OriginRules origin_rules(const WebSettings& web) {
    OriginRules rules{web.allowed_hosts, web.allowed_origins, web.port};
    rules.hosts.push_back(web.host);
    return rules;
}

std::optional<Authority> read_authority(std::string_view text) {
    Authority authority;
    auto lower = lowered(text);
    std::string_view rest = lower;
    if (rest.starts_with('[')) {
        auto close = rest.find(']');
        if (close == std::string_view::npos) return {};
        authority.host = rest.substr(1, close - 1);
        rest.remove_prefix(close + 1);
        if (!std::all_of(authority.host.begin(), authority.host.end(), is_v6_char)) return {};
    } else {
        authority.host = rest.substr(0, rest.find(':'));
        rest.remove_prefix(authority.host.size());
        if (!std::all_of(authority.host.begin(), authority.host.end(), is_name_char)) return {};
        if (authority.host.ends_with('.')) authority.host.pop_back();
    }
    if (authority.host.empty()) return {};
    if (rest.empty()) return authority;
    if (rest.front() != ':') return {};
    authority.port = read_port(rest.substr(1));
    if (!authority.port) return {};
    return authority;
}

bool host_allowed(const OriginRules& rules, std::string_view host) {
    auto authority = read_authority(host);
    return authority && known_host(rules, authority->host);
}

bool origin_allowed(const OriginRules& rules, std::string_view origin, std::string_view host) {
    auto is_same = [&](const auto& allowed) { return same_word(allowed, origin); };
    if (std::any_of(rules.origins.begin(), rules.origins.end(), is_same)) return true;
    auto lower = lowered(origin);
    auto colon = lower.find("://");
    if (colon == std::string::npos) return false;
    auto scheme = lower.substr(0, colon);
    if (scheme != "http" && scheme != "https") return false;
    auto from = read_authority(std::string_view(lower).substr(colon + 3));
    auto to = read_authority(host);
    if (!from || !to || !known_host(rules, from->host)) return false;
    int port = from->port.value_or(default_port(scheme));
    return port == to->port.value_or(default_port(scheme)) || port == rules.port;
}

}  // namespace lanekeeper::web
