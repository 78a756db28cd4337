#pragma once
#include "async/task.hpp"
#include "base/http_url.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace lanekeeper {

/// One request to somebody else.
struct HttpCall {
    HttpCall() = default;
    std::string method = "POST";
    HttpUrl url;
    std::vector<std::pair<std::string, std::string>> headers;  // beside those of the message itself
    std::string body;
    std::size_t max_response = 0;  // bytes of the answer's body
};

struct HttpAnswer {
    HttpAnswer() = default;
    int status = 0;
    std::string reason;
    std::optional<std::string> location, retry_after;  // headers of these names
    std::string body;
    bool too_large = false;  // the body is larger than it may be; the rest was not read
};

/// There was no answer: not found, not connected, cut off, or nothing that is HTTP.
class HttpFailed : public std::runtime_error {
public:
    explicit HttpFailed(const std::string& why) : std::runtime_error("http_failed: " + why) {}
};

/// Makes requests over http. Injected: the real one, or a test's.
class HttpCaller {
public:
    virtual ~HttpCaller() = default;

    /// The answer, whatever its status; it follows no redirects. Throws HttpFailed, or operation_aborted after a total or
    /// terminal cancellation (of the types that its coroutine has enabled); either way the connection is closed.
    virtual Task<HttpAnswer> call(HttpCall call) = 0;
};

}  // namespace lanekeeper
