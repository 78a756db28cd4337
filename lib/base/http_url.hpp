#pragma once
#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace lanekeeper {

/// Where an http:// request goes.
struct HttpUrl {
    HttpUrl() = default;
    std::string host;  // lower case; an IPv6 address without its brackets
    std::uint16_t port = 80;
    std::string target = "/";  // path and query, percent-encoded

    /// The Host header, which brackets an IPv6 address and names any port but 80.
    std::string authority() const;
    std::string text() const;
    bool same_place(const HttpUrl& other) const { return host == other.host && port == other.port; }
    bool operator==(const HttpUrl&) const = default;
};

/// Code `invalid_url`; the message completes "the URL …". There is no TLS here, so https:// is refused.
Result<HttpUrl> read_http_url(std::string_view text);

/// Where a Location header leads from there (RFC 3986 5.2); its fragment is dropped.
Result<HttpUrl> resolve_http_url(const HttpUrl& from, std::string_view location);

}  // namespace lanekeeper
