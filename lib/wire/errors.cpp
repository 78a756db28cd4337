#include "wire/errors.hpp"

#include "base/limits.hpp"

#include <algorithm>
#include <array>

namespace lanekeeper::wire {
namespace {

struct Word {
    std::string_view code;
    int status;
    std::string_view status_word = "error";
    bool retry = false;  // carries Retry-After
};

constexpr std::array words = {
    Word{"invalid_request", 400},
    Word{"invalid_json", 400},
    Word{"invalid_params", 400},
    Word{"unknown_dependency", 400},
    Word{"cyclic_dependency", 400},
    Word{"duplicate_key", 400},
    Word{"unauthorized", 401},
    Word{"auth_required", 401},
    Word{"forbidden", 403},
    Word{"system_session", 403},
    Word{"not_found", 404},
    Word{"project_not_found", 404, "not_found"},
    Word{"method_not_allowed", 405},
    Word{"already_resolved", 409},
    Word{"not_eligible", 409},
    Word{"conflict", 409},
    Word{"job_conflict", 409},
    Word{"duplicate_job_id", 409},
    Word{"invalid_state", 409},
    Word{"deleted", 410, "deleted"},
    Word{"payload_too_large", 413},
    Word{"unsupported_media_type", 415},
    Word{"idempotency_mismatch", 422},
    Word{"locked", 423, "locked"},
    Word{"queue_full", 429, "error", true},
    Word{"internal_error", 500},
    Word{"method_not_supported", 501},
    Word{"runtime_error", 502},
    Word{"feature_disabled", 503},
    Word{"queue_disabled", 503, "error", true},
    Word{"shutting_down", 503, "error", true},
    Word{"storage_unavailable", 503, "error", true},
    Word{"zone_data_missing", 503},
    Word{"runtime_unavailable", 503, "error", true},
    Word{"runtime_timeout", 504},
};

constexpr std::array<std::string_view, 6> id_members = {"sessionId",  "projectId", "jobId",
                                                        "approvalId", "requestId", "scheduleId"};

std::string_view status_word(const Word& word, const Problem& problem) {
    auto named = [&](std::string_view member) { return problem.details.contains(member); };
    if (word.code == "not_found" && std::any_of(id_members.begin(), id_members.end(), named)) return "not_found";
    return word.status_word;
}

Millis retry_after(const Problem& problem) {
    auto* given = problem.details.if_contains("retryAfterMs");
    if (given && given->is_number()) return Millis(given->to_number<std::int64_t>());
    return Millis(1000);
}

json::object render(std::string_view status, std::string_view code, const Problem& problem) {
    json::object body{{"status", status}, {"code", code}};
    if (!problem.message.empty()) body["message"] = problem.message;
    if (!problem.issues.empty() || code == "invalid_request") body["issues"] = issues_json(problem.issues);
    if (code == "queue_disabled") body["legacyCode"] = "job_conflict";
    for (const auto& [name, value] : problem.details) body[name] = value;
    return body;
}

}  // namespace

json::array issues_json(const std::vector<Issue>& issues) {
    json::array array;
    for (std::size_t i = 0; i < issues.size() && i < limits::issues_per_reply; ++i)
        array.push_back({{"code", issues[i].code}, {"path", issues[i].path}, {"message", issues[i].message}});
    return array;
}

std::vector<std::string_view> error_words() {
    std::vector<std::string_view> all;
    for (const auto& word : words) all.push_back(word.code);
    return all;
}

ErrorBody error_body(const Problem& problem) {
    auto found = std::find_if(words.begin(), words.end(), [&](const Word& word) { return word.code == problem.code; });
    if (found == words.end()) return {409, render(problem.code, "job_conflict", problem), {}};
    ErrorBody error{found->status, render(status_word(*found, problem), problem.code, problem), {}};
    if (found->retry) error.retry_after = retry_after(problem);
    return error;
}

json::object jobs_error(const json::object& body) {
    json::object error, details;
    for (const auto& [name, value] : body) {
        bool ours = name == "status" || name == "code" || name == "message";
        if (!ours) details[name] = value;
    }
    const auto& status = body.at("status").as_string();
    bool conflict = body.at("code") == "job_conflict" && status != "error";
    error["error"] = conflict ? json::value(status) : body.at("code");
    if (const auto* message = body.if_contains("message")) error["message"] = *message;
    if (!details.empty()) error["details"] = std::move(details);
    return error;
}

}  // namespace lanekeeper::wire
