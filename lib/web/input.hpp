#pragma once
#include "base/schema.hpp"
#include "queue/queue.hpp"
#include "web/api.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper::web {

// Readers of what a request carries, for handlers. Refusals are `invalid_request` with an issue that names the member.

/// The body when it fits the schema; an absent body (Route::Body::optional_json) reads as {}.
Result<json::object> read_body(const ApiRequest& request, const Schema& schema);

/// For routes whose body says nothing: {}, or none. And for those that hand it on as it is: any object.
const Schema& empty_body();
const Schema& any_body();

/// `?limit=`: `fallback` without one; refused unless it is a number from 1 to `largest`.
Result<std::size_t> read_limit(const ApiRequest& request, std::size_t fallback, std::size_t largest);

/// `?cursor=`: nothing without one, or when it is empty. What is not a `nextCursor` of ours is refused with `bad_cursor`.
std::optional<std::string> read_cursor(const ApiRequest& request);
Problem bad_cursor();

/// A query member that is true, false, 1 or 0; `fallback` without one.
Result<bool> read_flag(const ApiRequest& request, const std::string& name, bool fallback = false);

/// A whole number ≥ 0 from the query.
Result<std::optional<std::int64_t>> read_number(const ApiRequest& request, const std::string& name);

/// `?wait=30s`, `500ms`, `2m`, plain seconds, or `true` (as long as is allowed), clamped to limits::long_poll.
Result<std::optional<Millis>> read_wait(const ApiRequest& request);

/// One issue as a Problem: path {"query", name} or {"body", …} by the caller's choice.
Problem invalid_input(std::string code, json::array path, std::string message);

/// For creating POSTs that enqueue (Route::Once::by_queue): nothing without an `Idempotency-Key`. `answer` is pure and
/// renders the body that a repetition gets.
std::optional<IdempotencyClaim> idempotency_claim(const ApiRequest& request,
                                                  std::function<json::object(const Enqueued&)> answer);

/// What a job keeps of the request that made it: {traceparent}, or null without one.
json::value job_metadata(const ApiRequest& request);

/// What is compared under one key: stable over restarts and machines, 32 hex digits.
std::string body_hash(std::string_view body);

}  // namespace lanekeeper::web
