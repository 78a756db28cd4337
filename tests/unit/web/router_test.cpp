#include "web/router.hpp"
#include "support/catch.hpp"

#include <stdexcept>

using namespace lanekeeper;
using namespace lanekeeper::web;

namespace {

Task<ApiReply> never(Services&, ApiRequest) { throw std::logic_error("not called here"); }

std::vector<Route> table() {
    return {{Verb::get, "/api/jobs/:id", never},          {Verb::get, "/api/jobs/stats", never},
            {Verb::post, "/api/jobs/:id/cancel", never},  {Verb::post, "/api/jobs", never},
            {Verb::del, "/api/jobs/:id", never},          {Verb::post, "/api/:group/bulk/run", never},
            {Verb::get, "/", never}};
}

RouteMatch find(const char* method, std::vector<std::string> segments) {
    static Router router(table());
    return router.find(method, segments);
}

}  // namespace

TEST_CASE("A path leads to its route with its names filled in") {
    auto match = find("POST", {"api", "jobs", "job_1", "cancel"});
    REQUIRE(match.route);
    CHECK(match.route->pattern == "/api/jobs/:id/cancel");
    CHECK(match.params.at("id") == "job_1");
    CHECK(find("GET", {}).route->pattern == "/");
}

TEST_CASE("Fixed words win over names") {
    CHECK(find("GET", {"api", "jobs", "stats"}).route->pattern == "/api/jobs/stats");
    CHECK(find("GET", {"api", "jobs", "other"}).route->pattern == "/api/jobs/:id");
    CHECK(find("POST", {"api", "jobs", "bulk"}).route == nullptr);
    CHECK(find("POST", {"api", "x", "bulk", "run"}).route->pattern == "/api/:group/bulk/run");
}

TEST_CASE("An unknown path is nobody's, a wrong verb is told which ones there are") {
    auto unknown = find("GET", {"api", "nothing"});
    CHECK_FALSE(unknown.known_path());
    CHECK_FALSE(find("GET", {"api", "jobs", ""}).known_path());
    auto wrong = find("PUT", {"api", "jobs", "job_1"});
    CHECK(wrong.route == nullptr);
    CHECK(wrong.allow == "DELETE, GET, HEAD, OPTIONS");
    CHECK(find("GET", {"api", "jobs"}).allow == "OPTIONS, POST");
    CHECK(find("DELETE", {"api", "jobs", "stats"}).allow == "GET, HEAD, OPTIONS");
    CHECK(find("get", {"api", "jobs", "x"}).route == nullptr);
}

TEST_CASE("HEAD goes where GET goes") { CHECK(find("HEAD", {"api", "jobs", "x"}).route->verb == Verb::get); }

TEST_CASE("Two routes for one place are a mistake of ours") {
    std::vector<Route> twice = {{Verb::get, "/a/:x", never}, {Verb::get, "/a/:y", never}};
    CHECK_THROWS_AS(Router(twice), std::logic_error);
}
