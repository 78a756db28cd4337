// Who runs a job shows that it lives, or loses it (jobs-family.md, Worker pool).
#include "support/catch.hpp"
#include "support/pool_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

struct HealthRig : PoolRig {
    explicit HealthRig(int workers = 1) {
        pool.workers_min = pool.workers_max = workers;
        pool.health_check_interval = 30s;
        crash();
        define("beating", [](Definition& definition) { definition.beats = true; });
        restart();
    }
    Job submit_beating(json::object payload) {
        auto job = submission(std::move(payload));
        job.type = "beating";
        return submit(std::move(job));
    }
    std::vector<std::string> ids() {
        std::vector<std::string> ids;
        for (const auto& worker : workers().workers) ids.push_back(worker.id);
        return ids;
    }
};

}  // namespace

TEST_CASE("a worker that is silent for two health checks loses its job to another one, under a new name") {
    HealthRig rig;
    auto job = rig.submit_beating({{"name", "silent"}, {"ms", 100'000}});
    rig.advance(59s);
    CHECK(rig.ids() == std::vector<std::string>{"w-001"});
    CHECK(rig.job(job).run == 1);
    rig.advance(32s);
    CHECK(rig.ids() == std::vector<std::string>{"w-002"});
    auto again = rig.job(job);
    CHECK(again.run == 2);
    CHECK(again.worker_id == "w-002");
    CHECK(again.error == "worker_lost");
}

TEST_CASE("a job that is lost with its worker is recovered once, and then fails") {
    HealthRig rig;
    auto job = rig.submit_beating({{"name", "silent"}, {"ms", 3'000'000}});
    auto ended = rig.finished(job);
    CHECK(ended.state == JobState::failed);
    CHECK(*ended.error == "worker_lost");
    CHECK(ended.run == 2);
    CHECK(rig.finished(rig.submit({{"name", "next"}})).state == JobState::completed);
}

TEST_CASE("the end of a silent worker is bounded, also when its runner ignores everything") {
    HealthRig rig;
    rig.submit_beating({{"name", "deaf"}, {"ms", 3'000'000}, {"deaf", true}});
    auto waits = rig.submit({{"name", "waits"}});
    rig.advance(3min);
    CHECK(rig.job(waits).state == JobState::completed);
}

TEST_CASE("signs of life, and types that give none, keep a job where it is") {
    HealthRig rig(2);
    auto beats = rig.submit_beating({{"name", "beats"}, {"ms", 200'000}, {"beatMs", 20'000}});
    auto plain = rig.submit({{"name", "plain"}, {"ms", 200'000}});
    CHECK(rig.finished(beats).run == 1);
    CHECK(rig.finished(plain).run == 1);
    CHECK(rig.ids() == std::vector<std::string>{"w-001", "w-002"});
}

TEST_CASE("five failures in a row replace a worker; a success between them does not let it come to that") {
    HealthRig rig;
    auto fail = [&] { rig.finished(rig.submit({{"name", "bad"}, {"fail", "fatal"}})); };
    for (int i = 0; i < 4; ++i) fail();
    rig.finished(rig.submit({{"name", "good"}}));
    for (int i = 0; i < 4; ++i) fail();
    CHECK(rig.ids() == std::vector<std::string>{"w-001"});
    fail();
    rig.settle();
    CHECK(rig.ids() == std::vector<std::string>{"w-002"});
    CHECK(rig.finished(rig.submit({{"name", "good"}})).worker_id == "w-002");
}

TEST_CASE("a runner that outlives its attempt may outlive its worker, too") {
    HealthRig rig;
    auto stubborn = rig.submit_beating({{"name", "stubborn"}, {"ms", 600'000}, {"deaf", true}, {"beatMs", 1000}});
    rig.settle();
    REQUIRE(rig.cancel(stubborn).has_value());
    CHECK(rig.finished(stubborn).state == JobState::canceled);
    for (int i = 0; i < 5; ++i) rig.finished(rig.submit({{"name", "bad"}, {"fail", "fatal"}}));
    rig.settle();
    REQUIRE(rig.ids() == std::vector<std::string>{"w-002"});
    CHECK(rig.watch->running_now == 1);
    rig.advance(11min);
    CHECK(rig.watch->running_now == 0);
    CHECK(rig.finished(rig.submit({{"name", "next"}})).state == JobState::completed);
}
