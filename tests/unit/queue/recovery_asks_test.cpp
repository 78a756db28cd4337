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

TEST_CASE("a turn that ended while nobody was there settles its job at recovery, and is not run again") {
    QueueRig rig;
    auto known = std::make_shared<KnownTurns>();
    known->answer = CompletedRun(json::object{{"text", "seen"}});
    rig.define("work", [&](Definition& definition) {
        definition.recover = OnRecovery::park;
        definition.settle = [known](Job job) { return tell(known, std::move(job)); };
    });
    rig.start();
    auto seen = rig.enqueue("p1", {{"name", "seen"}, {"turn", "turn_1"}, {"ms", 1000}});
    auto no_turn = rig.enqueue("p2", {{"name", "no turn"}, {"priority", 1}, {"ms", 1000}});
    rig.advance(500ms);
    rig.restart();
    CHECK(rig.finished(seen).state == JobState::completed);
    CHECK(rig.finished(seen).run == 1);
    CHECK(rig.finished(seen).result->at("text") == "seen");
    CHECK(rig.heard->of(seen) == std::vector<std::string>{"queued", "started", "completed"});
    CHECK(rig.finished(no_turn).error == "outcome_unknown");

    known->answer.reset();
    auto untold = rig.enqueue("p1", {{"name", "untold"}, {"turn", "turn_2"}, {"ms", 1000}});
    auto canceled = rig.enqueue("p2", {{"name", "canceled"}, {"priority", 1}, {"turn", "turn_3"}, {"deaf", true}, {"ms", 1000}});
    rig.advance(500ms);
    (void)rig.cancel(canceled);
    rig.restart();
    CHECK(rig.finished(untold).error == "outcome_unknown");
    CHECK(rig.finished(canceled).state == JobState::canceled);
    CHECK(known->asked == std::vector<std::string>{"turn_1", "turn_2"});
}

TEST_CASE("recovery waits for a runtime that is not up yet, and asks one that dies over it again") {
    QueueRig rig;
    auto known = std::make_shared<KnownTurns>();
    rig.define("work", [&](Definition& definition) {
        definition.settle = [known](Job job) { return tell(known, std::move(job)); };
    });
    rig.start();
    auto job = rig.enqueue("p1", {{"turn", "turn_1"}, {"ms", 1000}});
    rig.advance(500ms);
    auto up_again = rig.time.mono() + 3s;
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

TEST_CASE("a start waits for a runtime within a bound, all jobs together, and not where there is nothing to ask") {
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
    CHECK(rig.time.mono() - began == 5s);
    CHECK(rig.queue->accepting());

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

namespace {

/// A job that ran when the daemon died, and a runtime that is not up: it has started again all the same.
struct Untold {
    QueueRig rig;
    std::shared_ptr<KnownTurns> known = std::make_shared<KnownTurns>();
    bool up = false;
    Job job;

    Untold() {
        rig.define("work", [this](Definition& definition) {
            definition.settle = [known = known](Job asked) { return tell(known, std::move(asked)); };
        });
        rig.start();
        job = rig.enqueue("p1", {{"turn", "turn_1"}, {"ms", 1000}});
        rig.advance(500ms);
        rig.runtime.is_there = [this] { return up; };
        rig.restart();
    }
};

}  // namespace

TEST_CASE("a job whose turn cannot be told of at start is settled when the runtime comes, and its lane waits for it") {
    Untold late;
    auto next = late.rig.enqueue("p1", {{"name", "next"}});
    auto elsewhere = late.rig.enqueue("p2", {{"name", "elsewhere"}});
    CHECK(late.rig.finished(elsewhere).state == JobState::completed);
    late.rig.advance(20s);
    CHECK(late.rig.job(late.job).state == JobState::running);
    CHECK(late.rig.job(next).state == JobState::queued);
    late.known->answer = CompletedRun(json::object{{"text", "seen"}});
    late.up = true;
    CHECK(late.rig.finished(late.job).result->at("text") == "seen");
    CHECK(late.rig.finished(late.job).run == 1);
    CHECK(late.rig.finished(next).state == JobState::completed);
}

TEST_CASE("a job of whose turn the runtime never tells is decided without it after a minute") {
    Untold late;
    late.rig.advance(59s);
    CHECK(late.rig.job(late.job).state == JobState::running);
    late.rig.advance(2s);
    CHECK(late.rig.finished(late.job).state == JobState::completed);
    CHECK(late.rig.finished(late.job).run == 2);
}

TEST_CASE("a job that waits to be told of can be canceled, and its lane goes on") {
    Untold late;
    auto next = late.rig.enqueue("p1", {{"name", "next"}});
    CHECK(late.rig.cancel(late.job).value().state == JobState::canceled);
    CHECK(late.rig.finished(next).state == JobState::completed);
    late.known->answer = CompletedRun(json::object{{"text", "seen"}});
    late.up = true;
    late.rig.advance(1s);
    CHECK(late.rig.job(late.job).state == JobState::canceled);
}

TEST_CASE("a stop leaves a job that waits to be told of to the next start") {
    Untold late;
    late.rig.wait_for(late.rig.queue->stop(StopOptions(0ms, 0ms)));
    CHECK(late.rig.job(late.job).state == JobState::running);
    late.known->answer = CompletedRun(json::object{{"text", "seen"}});
    late.up = true;
    late.rig.restart();
    CHECK(late.rig.finished(late.job).result->at("text") == "seen");
}
