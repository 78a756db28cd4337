// proto/samples/errors has every word that a refusal may carry. What can be met from outside is written there by the
// system tests; the rest is written here, by what turns refusals into replies:
// LANEKEEPER_WRITE_PROTO=1 build/dev/tests/unit_web "[proto]"
#include "base/limits.hpp"
#include "support/catch.hpp"
#include "support/pretty_json.hpp"
#include "web/api.hpp"
#include "web/routes.hpp"
#include "wire/errors.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace lanekeeper;
namespace fs = std::filesystem;

namespace {

const fs::path folder = fs::path(LANEKEEPER_SOURCE_DIR) / "proto/samples/errors";

std::string read(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string text(const json::value& object, const char* member) { return std::string(object.at(member).as_string()); }

struct Sample {
    std::string when;
    std::string route;
    std::string path;
    Problem problem;
};

json::object details_of(std::string_view pattern) {
    for (const auto& route : web::all_routes())
        if (route.pattern == pattern && !route.runtime_method.empty()) return {{"method", route.runtime_method}};
    return {{"sessionId", "thread_1"}};
}

Sample by_runtime(const char* code, const char* when, const char* why, json::object more = {}) {
    json::object details{{"details", details_of("/api/models")}};
    for (const auto& member : more) details[member.key()] = member.value();
    return {when, "GET /api/models", "/api/models", Problem(code, why, std::move(details))};
}

std::vector<Sample> samples() {
    json::object result{{"actionType", "turn.steer"},
                        {"status", "conflict"},
                        {"details", {{"error", "the turn takes nothing more"}}}};
    json::object steered{{"sessionId", "thread_1"}, {"turnId", "turn_1"}, {"result", std::move(result)}};
    return {
        {"the turn is at its very end", "POST /api/sessions/:id/turns/:turnId/steer",
         "/api/sessions/thread_1/turns/turn_1/steer",
         Problem("conflict", "the turn takes nothing more", std::move(steered))},
        {"there are as many as there may be", "POST /api/schedules", "/api/schedules",
         Problem("too_many_schedules", "there are as many schedules as there may be", {{"limit", limits::schedules}})},
        {"without credentials, once there are tokens", "GET /api/projects", "/api/projects",
         Problem("unauthorized", "a token is needed")},
        {"a fault of the daemon's own", "GET /api/projects", "/api/projects",
         Problem("internal_error", "something went wrong on our side", {{"errorId", "err_1"}})},
        by_runtime("auth_required", "the runtime has no credentials", "log in first"),
        by_runtime("invalid_params", "the runtime does not take the parameters", "unknown parameter"),
        by_runtime("runtime_error", "the runtime failed", "the runtime failed"),
        by_runtime("runtime_timeout", "the runtime did not answer in time", "no answer in time"),
        by_runtime("runtime_unavailable", "the runtime is down", "the runtime is being started again",
                   {{"retryAfterMs", 1000}}),
    };
}

std::string render(const Sample& sample) {
    auto reply = web::in_words_of(sample.path, web::refuse(sample.problem));
    json::object said{{"status", reply.status}};
    for (const auto& [name, value] : reply.headers) said["headers"] = json::object{{name, std::stoi(value)}};
    said["body"] = reply.body;
    json::object request{{"route", sample.route}, {"path", sample.path}};
    json::object example{{"when", sample.when}, {"request", std::move(request)}, {"reply", std::move(said)}};
    json::array examples;
    examples.push_back(std::move(example));
    return pretty(json::object{{"refusal", sample.problem.code}, {"examples", std::move(examples)}});
}

}  // namespace

TEST_CASE("the samples of refusals that cannot be met from outside are what the mapping gives", "[proto]") {
    for (const auto& sample : samples()) {
        auto path = folder / (sample.problem.code + ".json");
        if (std::getenv("LANEKEEPER_WRITE_PROTO")) std::ofstream(path, std::ios::binary) << render(sample);
        INFO(path << ": differs from the code; see the top of this test for how to write it anew");
        CHECK(read(path) == render(sample));
    }
}

TEST_CASE("every word of the error table has a sample", "[proto]") {
    for (auto word : wire::error_words()) {
        INFO(word);
        CHECK(fs::exists(folder / (std::string(word) + ".json")));
    }
}

TEST_CASE("every sample of a refusal has the status and the code that the table gives its word", "[proto]") {
    for (const auto& file : fs::directory_iterator(folder)) {
        auto word = file.path().stem().string();
        INFO(word);
        auto sample = json::parse(read(file.path()));
        CHECK(text(sample, "refusal") == word);
        auto mapped = wire::error_body(Problem(word, "why"));
        for (const auto& example : sample.at("examples").as_array()) {
            const auto& reply = example.at("reply");
            CHECK(reply.at("status") == mapped.status);
            if (auto* ours = reply.at("body").as_object().if_contains("error")) {  // in the words of /api/jobs
                CHECK(*ours == json::value(word));
                continue;
            }
            auto code = text(reply.at("body"), "code");
            CHECK(code == text(mapped.body, "code"));
            if (code == "job_conflict" && word != code) CHECK(text(reply.at("body"), "status") == word);
        }
    }
}
