#include "base/http_url.hpp"

#include <boost/url.hpp>

#include <fmt/format.h>

#include <charconv>

namespace lanekeeper {
namespace {

namespace urls = boost::urls;

Problem bad(std::string rule) { return Problem("invalid_url", std::move(rule)); }

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return result;
}

bool is_ipv6(const std::string& host) { return host.find(':') != host.npos; }

Result<HttpUrl> read_view(const urls::url_view& view) {
    if (view.scheme_id() == urls::scheme::https)
        return bad("must begin with http://: https:// is not supported; let a proxy on this machine speak TLS");
    if (view.scheme_id() != urls::scheme::http) return bad("must begin with http://");
    if (view.has_userinfo()) return bad("must not carry a user or a password");
    HttpUrl url;
    url.host = lower(view.host_type() == urls::host_type::name ? view.host_name() : view.host_address());
    if (url.host.empty()) return bad("must name a host");
    if (url.host.find_first_of(" \t\r\n/?#@\\") != url.host.npos) return bad("must name a host of letters, digits, . and -");
    if (view.has_port() && !view.port().empty()) {
        auto digits = view.port();  // its number is wrong where it does not fit, in Boost 1.81
        auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
        if (error != std::errc{} || url.port == 0) return bad("must have a port from 1 to 65535");
    }
    std::string path(view.encoded_path());
    if (!path.starts_with('/')) path.insert(0, "/");
    url.target = view.has_query() ? path + "?" + std::string(view.encoded_query()) : path;
    return url;
}

}  // namespace

std::string HttpUrl::authority() const {
    auto name = is_ipv6(host) ? "[" + host + "]" : host;
    return port == 80 ? name : fmt::format("{}:{}", name, port);
}

std::string HttpUrl::text() const { return "http://" + authority() + target; }

Result<HttpUrl> read_http_url(std::string_view text) {
    auto view = urls::parse_uri(urls::string_view(text.data(), text.size()));
    if (!view) return bad("must be a URL such as http://127.0.0.1:8080/jobs");
    if (view->has_fragment()) return bad("must not have a fragment");
    return read_view(*view);
}

Result<HttpUrl> resolve_http_url(const HttpUrl& from, std::string_view location) {
    auto reference = urls::parse_uri_reference(urls::string_view(location.data(), location.size()));
    if (!reference) return bad("is not a URL");
    auto base_text = from.text();
    auto base = urls::parse_uri(base_text);
    urls::url resolved;
    if (!base || !urls::resolve(*base, *reference, resolved)) return bad("cannot be resolved");
    return read_view(resolved);
}

}  // namespace lanekeeper
