#include "support/catch.hpp"
#include "support/house.hpp"

using namespace lanekeeper;

TEST_CASE("the types that are named without a registry are those that it holds") {
    House house;
    std::vector<std::string> types;
    for (const auto& definition : house.registry.all()) types.push_back(definition->type);
    CHECK(types == job_types());
}
