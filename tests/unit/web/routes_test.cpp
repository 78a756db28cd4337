#include "web/routes.hpp"
#include "support/catch.hpp"
#include "web/router.hpp"

#include <set>

using namespace lanekeeper::web;

TEST_CASE("The table has no place twice") { CHECK_NOTHROW(Router(all_routes())); }

TEST_CASE("Every route has a handler, or is a stream") {
    for (const auto& route : all_routes()) {
        INFO(route.pattern);
        CHECK((route.handler != nullptr) == (route.kind == Route::Kind::reply));
    }
}

TEST_CASE("Whatever changes something needs an operator at least") {
    for (const auto& route : all_routes()) {
        INFO(to_word(route.verb) << " " << route.pattern);
        if (route.verb != Verb::get) CHECK(route.minimum >= Role::operator_);
    }
}

TEST_CASE("What tells of accounts, servers and settings of the runtime is not for viewers") {
    for (const auto& route : all_routes()) {
        INFO(route.pattern);
        if (route.pattern == "/api/config") CHECK(route.minimum == Role::admin);
        if (route.pattern == "/api/account" || route.pattern == "/api/mcp/servers") CHECK(route.minimum == Role::operator_);
    }
}

TEST_CASE("Every route of one session asks the guard") {
    for (const auto& route : all_routes()) {
        INFO(to_word(route.verb) << " " << route.pattern);
        if (route.pattern.starts_with("/api/sessions/:id")) CHECK(route.guard != Route::Guard::none);
        if (route.guard == Route::Guard::readable_session) CHECK(route.verb == Verb::get);
    }
}

TEST_CASE("Everything of ours is below /api, but for what machines ask") {
    const std::set<std::string_view> beside = {"/metrics", "/healthz", "/readyz", "/api"};
    for (const auto& route : all_routes()) {
        INFO(route.pattern);
        bool known = route.pattern.starts_with("/api/") || beside.contains(route.pattern);
        CHECK(known);
    }
}

TEST_CASE("The routes of the contract are there") {
    std::set<std::string> table;
    for (const auto& route : all_routes()) table.insert(std::string(to_word(route.verb)) + " " + std::string(route.pattern));
    for (const char* route :
         {"GET /api/health", "GET /api/projects", "POST /api/projects", "POST /api/projects/:id/rename", "DELETE /api/projects/:id",
          "POST /api/projects/:id/chats/move-all", "POST /api/projects/:id/chats/delete-all", "GET /api/projects/:id/agent-sessions",
          "GET /api/projects/:id/orchestrator/jobs", "GET /api/sessions", "POST /api/sessions", "GET /api/sessions/:id",
          "DELETE /api/sessions/:id", "POST /api/sessions/:id/messages", "POST /api/sessions/:id/notifications",
          "POST /api/sessions/:id/suggested-reply", "POST /api/sessions/:id/suggested-reply/jobs",
          "POST /api/sessions/:id/suggested-request", "POST /api/sessions/:id/suggested-request/upsert",
          "POST /api/sessions/:id/transcript/upsert", "GET /api/orchestrator/jobs/:jobId",
          "POST /api/orchestrator/jobs/:jobId/cancel", "POST /api/orchestrator/jobs/:jobId/retry", "POST /api/orchestrator/jobs",
          "GET /api/orchestrator/lanes", "POST /api/orchestrator/lanes/:owner/pause", "GET /api/stream", "GET /api/events",
          "GET /api/models", "POST /api/mcp/reload", "GET /metrics", "GET /readyz"}) {
        INFO(route);
        CHECK(table.contains(route));
    }
}

namespace {

std::set<std::string_view> query_names(Verb verb, std::string_view pattern) {
    std::set<std::string_view> names;
    for (const auto& route : all_routes())
        if (route.verb == verb && route.pattern == pattern)
            for (const auto& parameter : route.query) names.insert(parameter.name);
    return names;
}

}  // namespace

TEST_CASE("Every query parameter has a line of its own, and its name once") {
    for (const auto& route : all_routes()) {
        std::set<std::string_view> names;
        for (const auto& parameter : route.query) {
            INFO(route.pattern << " " << parameter.name);
            CHECK(names.insert(parameter.name).second);
            CHECK_FALSE(parameter.about.empty());
            CHECK((parameter.form == QueryParameter::Form::word) == !parameter.words.empty());
        }
    }
}

// Handlers see what is listed and nothing else, so a name that is missing here does not work.
TEST_CASE("The query parameters of the contract are listed") {
    using Names = std::set<std::string_view>;
    CHECK(query_names(Verb::get, "/api/sessions") == Names{"archived", "includeSystemOwned", "projectId", "limit", "cursor"});
    CHECK(query_names(Verb::get, "/api/sessions/:id/settings") == Names{"scope", "key"});
    CHECK(query_names(Verb::del, "/api/sessions/:id/settings/:key") == Names{"scope"});
    CHECK(query_names(Verb::get, "/api/projects/:id/orchestrator/jobs") == Names{"state", "limit", "cursor"});
    CHECK(query_names(Verb::get, "/api/orchestrator/jobs/:jobId") == Names{"wait"});
    CHECK(query_names(Verb::post, "/api/orchestrator/jobs/:jobId/cancel") == Names{"wait"});
    CHECK(query_names(Verb::get, "/api/orchestrator/lanes") == Names{"limit", "cursor"});
    CHECK(query_names(Verb::get, "/api/stream") == Names{"threadId", "jobId", "workflowId", "since", "epoch"});
    CHECK(query_names(Verb::get, "/api/events") == Names{"threadId", "jobId", "workflowId", "since", "epoch"});
}
