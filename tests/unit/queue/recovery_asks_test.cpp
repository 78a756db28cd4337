// Recovery asks the runtime how turns ended that nobody saw (queue.md 8, runtime.md 4).
#include "support/catch.hpp"
#include "support/queue_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

/// A runtime's memory of turns.
struct KnownTurns {
    std::optional<CompletedRun> answer;
    std::vector<std::string> asked;
};

Task<std::optional<CompletedRun>> tell(std::shared_ptr<KnownTurns> known, Job job) {
    known->asked.push_back(job.running.turn_id);
    if (!known->answer) throw RuntimeUnavailable("nobody there");
    co_return known->answer;
}

}  // namespace

TEST_CASE("recovery waits for a runtime that is not up yet, and asks one that dies over it again") {
    QueueRig rig;
    auto known = std::make_shared<KnownTurns>();
    rig.define("work", [&](Definition& definition) {
        definition.settle = [known](Job job) { return tell(known, std::move(job)); };
    });
    rig.start();
    auto job = rig.enqueue("p1", {{"turn", "turn_1"}, {"ms", 1000}});
    rig.advance(500ms);
    auto up_again = rig.time.mono() + 7s;
    int looks = 0;
    rig.runtime.is_there = [&] {
        if (rig.time.mono() >= up_again) known->answer = CompletedRun(json::object{{"text", "seen"}});
        return rig.time.mono() >= up_again || ++looks == 3;  // there for a moment, and gone when it is asked
    };
    rig.restart();
    CHECK(rig.time.mono() >= up_again);
    CHECK(rig.time.mono() < up_again + 1s);
    CHECK(rig.finished(job).result->at("text") == "seen");
    CHECK(rig.watch->starts.size() == 1);
    CHECK(known->asked.size() == 2);
}

TEST_CASE("recovery waits for a runtime within a bound, all jobs together, and not where there is nothing to ask") {
    QueueRig rig;
    auto known = std::make_shared<KnownTurns>();
    rig.define("work", [&](Definition& definition) {
        definition.settle = [known](Job job) { return tell(known, std::move(job)); };
    });
    rig.start();
    rig.enqueue("p1", {{"turn", "turn_1"}, {"ms", 1000}});
    rig.enqueue("p2", {{"turn", "turn_2"}, {"priority", 1}, {"ms", 1000}});
    rig.advance(500ms);
    rig.runtime.is_there = [] { return false; };
    auto began = rig.time.mono();
    rig.restart();
    CHECK(rig.time.mono() - began == 20s);
    CHECK(known->asked == std::vector<std::string>{"turn_1", "turn_2"});

    QueueRig idle;
    idle.define();
    idle.start();
    idle.enqueue("p1", {{"ms", 1000}});
    idle.advance(500ms);
    idle.runtime.is_there = [] { return false; };
    began = idle.time.mono();
    idle.restart();
    CHECK(idle.time.mono() == began);
}

TEST_CASE("a run that recorded no turn is asked about too, where its type uses turns: its start may not have been answered") {
    QueueRig rig;
    auto known = std::make_shared<KnownTurns>();
    known->answer = CompletedRun(json::object{{"text", "seen"}});
    rig.define("work", [&](Definition& definition) {
        definition.uses_turns = true;
        definition.settle = [known](Job job) { return tell(known, std::move(job)); };
    });
    rig.start();
    auto job = rig.enqueue("p1", {{"ms", 1000}});
    rig.advance(500ms);
    rig.restart();
    CHECK(rig.finished(job).result->at("text") == "seen");
    CHECK(rig.finished(job).attempts == 1);
    CHECK(known->asked == std::vector<std::string>{""});
    CHECK(rig.watch->starts.size() == 1);
}
