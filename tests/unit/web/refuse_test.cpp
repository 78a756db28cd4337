#include "web/api.hpp"
#include "support/catch.hpp"

using namespace lanekeeper;
using namespace lanekeeper::web;

TEST_CASE("Retry-After is whole seconds, rounded up, where the table has it") {
    auto full = refuse(Problem("queue_full", "full", {{"retryAfterMs", 1200}}));
    CHECK(full.status == 429);
    REQUIRE(full.headers.size() == 1);
    CHECK(full.headers[0] == std::pair<std::string, std::string>("Retry-After", "2"));
    CHECK(refuse(Problem("shutting_down", "")).headers[0].second == "1");
    CHECK(refuse(Problem("feature_disabled", "")).headers.empty());
    CHECK(refuse(Problem("queue_full", "", {{"retryAfterMs", 0}})).headers[0].second == "1");
}
