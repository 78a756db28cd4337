#include "agents/projects.hpp"

#include "support/catch.hpp"
#include "support/house.hpp"

using namespace lanekeeper;
using namespace std::chrono_literals;

TEST_CASE("while the runtime takes its time over the workers of a deleted project, others are made and renamed") {
    House house;
    auto& stage = house.stage;
    auto project = house.project();
    stage.wait_for(house.sessions.create_system_session(project, "explainer", "w", Effects())).value();
    house.runtime.delete_takes = 1h;
    bool removed = false;
    stage.nursery.start("remove", [](Projects& projects, std::string id, bool& done) -> Task<void> {
        auto count = co_await projects.remove(std::move(id));
        done = count.has_value();
    }(house.projects, project, removed));
    stage.advance(1s);
    CHECK_FALSE(house.projects.find(project));
    auto before = stage.time.mono();
    CHECK(stage.wait_for(house.projects.create("p", std::nullopt)).has_value());
    CHECK(stage.time.mono() - before < 1min);
    CHECK_FALSE(removed);
    stage.advance(2h);
    CHECK(removed);
    CHECK(house.records("session", "") == 0);
}
