#pragma once
#include "jobs/executors/http_caller.hpp"
#include "queue/definition.hpp"

#include <variant>

namespace lanekeeper {

/// A redirect that is followed.
struct Redirect {
    HttpUrl url;
    bool only_get = false;  // 303: what was posted is done, and its result stands there
};

/// What an answer means. 2xx: completed with what it said (work_result.hpp). 429 and 503 with a Retry-After: snoozed until
/// then. A redirect to the same host and port: followed, but for more than limits::executor_redirects. Throws JobFailure
/// otherwise: `http_status: 404 Not Found: <the beginning of what it said>`, retryable for 408, 429 and 5xx, else fatal;
/// `http_redirect_refused` and `response_too_large`, both fatal.
std::variant<RunOutcome, Redirect> http_end(const HttpUrl& from, const HttpAnswer& answer, int redirects, WallTime now);

/// When a Retry-After (seconds, or a date) says to come back; nothing where it cannot be read.
std::optional<WallTime> read_retry_after(std::string_view text, WallTime now);

}  // namespace lanekeeper
