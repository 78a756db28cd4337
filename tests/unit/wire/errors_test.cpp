#include "wire/errors.hpp"
#include "base/limits.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using wire::error_body;

namespace {

std::string text(const Problem& problem) { return json::serialize(error_body(problem).body); }

}  // namespace

TEST_CASE("Each word of the error table has its status") {
    struct Row {
        const char* code;
        int status;
        bool retry;
    };
    for (auto row : {Row{"invalid_request", 400, false}, Row{"invalid_json", 400, false}, Row{"unauthorized", 401, false},
                     Row{"forbidden", 403, false}, Row{"system_session", 403, false}, Row{"not_found", 404, false},
                     Row{"method_not_allowed", 405, false}, Row{"job_conflict", 409, false}, Row{"deleted", 410, false},
                     Row{"payload_too_large", 413, false}, Row{"unsupported_media_type", 415, false},
                     Row{"idempotency_mismatch", 422, false}, Row{"locked", 423, false}, Row{"queue_full", 429, true},
                     Row{"internal_error", 500, false}, Row{"method_not_supported", 501, false},
                     Row{"runtime_error", 502, false}, Row{"feature_disabled", 503, false},
                     Row{"queue_disabled", 503, true}, Row{"shutting_down", 503, true},
                     Row{"storage_unavailable", 503, true}, Row{"runtime_unavailable", 503, true},
                     Row{"runtime_timeout", 504, false}, Row{"auth_required", 401, false},
                     Row{"invalid_params", 400, false}, Row{"invalid_state", 409, false}}) {
        INFO(row.code);
        auto error = error_body(Problem(row.code, "why"));
        CHECK(error.status == row.status);
        CHECK(error.body.at("code") == row.code);
        CHECK(error.retry_after.has_value() == row.retry);
    }
}

TEST_CASE("A route's own word becomes the status of a 409, beside job_conflict") {
    Problem problem("duplicate_name", "taken", {{"projectId", "p_1"}});
    CHECK(error_body(problem).status == 409);
    CHECK(text(problem) == R"({"status":"duplicate_name","code":"job_conflict","message":"taken","projectId":"p_1"})");
    CHECK(error_body(Problem("already_terminal", "", {{"job", json::object()}})).body.at("status") == "already_terminal");
    CHECK(error_body(Problem("lane_draining", "")).body.at("code") == "job_conflict");
}

TEST_CASE("An unknown session, project or job says not_found as its status; an unknown route says error") {
    CHECK(text(Problem("not_found", "gone", {{"sessionId", "s"}})) ==
          R"({"status":"not_found","code":"not_found","message":"gone","sessionId":"s"})");
    CHECK(error_body(Problem("not_found", "no such route")).body.at("status") == "error");
}

TEST_CASE("A deleted session answers with its title and time") {
    CHECK(text(Problem("deleted", "gone", {{"sessionId", "s"}, {"title", "t"}, {"deletedAt", "d"}})) ==
          R"({"status":"deleted","code":"deleted","message":"gone","sessionId":"s","title":"t","deletedAt":"d"})");
}

TEST_CASE("A full queue carries scope, limit, depth and when to come back") {
    auto error = error_body(Problem("queue_full", "full", {{"scope", "project"}, {"limit", 2}, {"depth", 2}, {"retryAfterMs", 2500}}));
    CHECK(error.status == 429);
    CHECK(error.retry_after == Millis(2500));
    CHECK(error.body.at("scope") == "project");
    CHECK(error.body.at("retryAfterMs") == 2500);
}

TEST_CASE("A queue that is off also gives the code that older clients know") {
    CHECK(error_body(Problem("queue_disabled", "off")).body.at("legacyCode") == "job_conflict");
}

TEST_CASE("Issues are listed with code, path and message, up to a bound") {
    Problem problem("invalid_request", "no");
    for (std::size_t i = 0; i < limits::issues_per_reply + 5; ++i) problem.issues.emplace_back("required", json::array{"a", i}, "missing");
    auto error = error_body(problem);
    auto& issues = error.body.at("issues").as_array();
    CHECK(issues.size() == limits::issues_per_reply);
    CHECK(json::serialize(issues[1]) == R"({"code":"required","path":["a",1],"message":"missing"})");
    CHECK(error_body(Problem("invalid_request", "no")).body.at("issues").as_array().empty());
}
