#pragma once
#include "base/error.hpp"
#include "base/time.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace lanekeeper::wire {

/// A refusal as it goes out: the status of HTTP and the body of api.md 1.
struct ErrorBody {
    int status = 500;
    json::object body;
    /// For Retry-After; only where the table of api.md 1 has it.
    std::optional<Millis> retry_after;
};

/// The one place that knows which word has which status. A word that is not in the table is a route's own conflict:
/// 409 {status: word, code: "job_conflict"}. `details` become members, and win over the standard ones.
ErrorBody error_body(const Problem& problem);

/// The same refusal as the routes of jobs-family.md say it: {error, message, details}.
json::object jobs_error(const json::object& body);

/// Every word of that table: what a client may meet as `code`. Each has a sample in proto/samples/errors.
std::vector<std::string_view> error_words();

/// {code, path, message} each, at most limits::issues_per_reply.
json::array issues_json(const std::vector<Issue>& issues);

}  // namespace lanekeeper::wire
