#include "berth/berth.hpp"

#include <catch2/catch.hpp>

using harbour::BerthPlan;

TEST_CASE("the first berth that is long enough is found", "[berth]") {
    BerthPlan plan({{"a", 40, false}, {"b", 120, false}});
    REQUIRE(plan.find_free(90) == 1);
}

TEST_CASE("an occupied berth cannot be taken again", "[berth]") {
    BerthPlan plan({{"a", 40, false}});
    REQUIRE(plan.occupy(0, "Aurora"));
    REQUIRE_FALSE(plan.occupy(0, "Borealis"));
}
