#include "web/handlers/submission.hpp"

#include "base/limits.hpp"
#include "web/input.hpp"
#include "wire/submission_schema.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::web {
namespace {

constexpr std::array<std::string_view, 10> route_words = {"health", "stats",  "workflow",  "bulk",   "workers",
                                                          "list",   "queue",  "budget", "proposals", "payouts"};

std::optional<std::string> text(const json::object& body, const char* name) {
    const auto* member = body.if_contains(name);
    if (!member || !member->is_string()) return {};
    return std::string(member->as_string());
}

std::optional<std::int64_t> number(const json::object& body, const char* name) {
    const auto* member = body.if_contains(name);
    if (!member || !member->is_number()) return {};
    return member->to_number<std::int64_t>();
}

Result<std::optional<WallTime>> read_time(const json::object& body, const char* name) {
    std::optional<WallTime> time;
    auto said = text(body, name);
    if (!said) return time;
    time = parse_iso(*said);
    if (!time) return invalid_input("invalid_value", {name}, "must be an ISO-8601 time with its zone, such as 2026-01-31T08:00:00Z");
    return time;
}

Result<void> check_client_id(const std::optional<std::string>& id) {
    if (!id) return {};
    auto refuse = [](const char* rule) { return invalid_input("invalid_value", {"jobId"}, rule); };
    if (id->starts_with("job_")) return refuse("ids that begin with job_ are given by the daemon");
    if (std::find(route_words.begin(), route_words.end(), *id) != route_words.end()) return refuse("is a word of these routes");
    return {};
}

Result<void> check_owner(const std::string& owner) {
    if (owner.empty() || is_well_formed_owner(owner)) return {};
    return invalid_input("invalid_value", {"projectId"}, "must be 1 to 128 of A-Z a-z 0-9 _ . - and not \"pool\", or session:<sessionId>");
}

Result<void> read_times(const json::object& body, WallTime now, Submission& submission) {
    auto scheduled = read_time(body, "scheduledFor");
    if (!scheduled) return scheduled.error();
    submission.scheduled_for = *scheduled;
    auto expires = read_time(body, "expiresAt");
    if (!expires) return expires.error();
    submission.expires_at = *expires;
    if (!submission.expires_at) return {};
    if (*submission.expires_at <= now) return invalid_input("invalid_value", {"expiresAt"}, "must lie in the future");
    bool in_order = !submission.scheduled_for || *submission.scheduled_for < *submission.expires_at;
    if (!in_order) return invalid_input("invalid_value", {"expiresAt"}, "must come after scheduledFor");
    return {};
}

/// The prompt is part of what a job is given.
json::object payload_of(const json::object& body) {
    const auto* given = body.if_contains("payload");
    json::object payload = given && given->is_object() ? given->as_object() : json::object();
    if (auto prompt = text(body, "prompt")) payload["prompt"] = *prompt;
    return payload;
}

}  // namespace

Result<Submission> read_submission(const json::value& value, WallTime now) {
    return read_submission_as(wire::submission_schema(), value, now);
}

Result<Submission> read_submission_as(const Schema& schema, const json::value& value, WallTime now) {
    auto fits = check_input(schema, value);
    if (!fits) return fits.error();
    const auto& body = value.as_object();
    Submission submission;
    submission.key = text(body, "key");
    submission.told = body;
    submission.type = *text(body, "type");
    submission.name = text(body, "name");
    submission.executor = text(body, "executor");
    submission.owner = text(body, "projectId").value_or("");
    submission.client_id = text(body, "jobId");
    submission.dedupe_key = text(body, "dedupeKey");
    submission.payload = payload_of(body);
    if (const auto* metadata = body.if_contains("metadata")) submission.metadata = *metadata;
    submission.priority = int(number(body, "priority").value_or(submission.priority));
    if (auto timeout = number(body, "timeout")) submission.timeout = Millis(*timeout);
    if (auto retries = number(body, "maxRetries")) submission.max_retries = int(*retries);
    if (const auto* ids = body.if_contains("dependencies"))
        for (const auto& id : ids->as_array()) submission.dependencies.emplace_back(id.as_string());
    if (auto ok = check_client_id(submission.client_id); !ok) return ok.error();
    if (auto ok = check_owner(submission.owner); !ok) return ok.error();
    if (auto ok = read_times(body, now, submission); !ok) return ok.error();
    return submission;
}

}  // namespace lanekeeper::web
