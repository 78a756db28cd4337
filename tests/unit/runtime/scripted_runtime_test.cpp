#include "runtime/scripted/scripted_runtime.hpp"

#include "support/runtime_log.hpp"
#include "support/catch.hpp"
#include "support/run.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

namespace {

struct Scripted {
    explicit Scripted(TurnScript script, std::shared_ptr<World> world = std::make_shared<World>())
        : runtime(stage.executor(), stage.time, [script](const TurnRequest&) { return script; }, std::move(world)) {
        stage.wait_for(runtime.start());
    }
    ~Scripted() { stage.wait_for(runtime.stop()); }

    Stage stage;
    ScriptedRuntime runtime;
    NoticeLog log{runtime};

    std::string start(std::string thread = "t") {
        auto request = turn_request(std::move(thread), "work");
        request.client_message_id = "job_a:1";
        return stage.wait_for(runtime.start_turn(std::move(request)));
    }
    TurnStatus status(const std::string& turn) { return stage.wait_for(runtime.read_turn("t", turn)).value().status; }
    bool interrupt(const std::string& turn) {
        try {
            stage.wait_for(runtime.interrupt_turn("t", turn));
        } catch (const RuntimeRefusal&) {
            return false;
        }
        return true;
    }
};

}  // namespace

TEST_CASE("a scripted reply comes when it is due, and starts are counted by their client id") {
    TurnScript script;
    script.answer_after = 20ms;
    script.started_after = 30ms;
    script.ends_after = 100ms;
    script.text = "done";
    Scripted s(script);
    auto turn = s.start();
    CHECK(turn == "turn_1");
    s.stage.advance(129ms);
    CHECK(s.log.count("turn/completed") == 0);
    s.stage.advance(1ms);
    CHECK(s.log.count("turn/completed") == 1);
    auto view = s.stage.wait_for(s.runtime.read_turn("t", turn)).value();
    CHECK(view.text == "done");
    CHECK(view.client_message_id == "job_a:1");
    CHECK(s.runtime.world().starts_of("job_a:1") == 1);
    CHECK(s.runtime.world().active() == 0);
}

TEST_CASE("a scripted failure and a scripted hang are what they say") {
    TurnScript script;
    script.end = TurnScript::End::fail;
    Scripted failing(script);
    auto turn = failing.start();
    failing.stage.advance(1s);
    CHECK(failing.status(turn) == TurnStatus::failed);
    CHECK(failing.log.last("turn/completed").at("turn").at("error").at("message") == "scripted failure");

    script.end = TurnScript::End::hang;
    Scripted hanging(script);
    turn = hanging.start();
    hanging.stage.advance(1h);
    CHECK(hanging.status(turn) == TurnStatus::in_progress);
}

TEST_CASE("an interrupt is refused until the turn has started, then as often as scripted, then obeyed") {
    TurnScript script;
    script.end = TurnScript::End::hang;
    script.started_after = 50ms;
    script.refused_interrupts = 2;
    Scripted s(script);
    auto turn = s.start();
    CHECK_FALSE(s.interrupt(turn));
    s.stage.advance(60ms);
    CHECK_FALSE(s.interrupt(turn));
    CHECK(s.interrupt(turn));
    s.stage.advance(10ms);
    CHECK(s.status(turn) == TurnStatus::interrupted);
}

TEST_CASE("a turn may ignore interrupts, or go on by itself after one") {
    TurnScript script;
    script.ends_after = 10s;
    script.ignores_interrupt = true;
    Scripted deaf(script);
    auto turn = deaf.start();
    deaf.stage.settle();
    CHECK(deaf.interrupt(turn));
    deaf.stage.advance(9s);
    CHECK(deaf.status(turn) == TurnStatus::in_progress);

    script.ignores_interrupt = false;
    script.restarts = 1;
    Scripted stubborn(script);
    turn = stubborn.start();
    stubborn.stage.settle();
    CHECK(stubborn.interrupt(turn));
    stubborn.stage.advance(1s);
    CHECK(stubborn.status(turn) == TurnStatus::in_progress);
    CHECK(stubborn.log.count("turn/started") == 2);
    CHECK(stubborn.interrupt(turn));
    stubborn.stage.advance(1s);
    CHECK(stubborn.status(turn) == TurnStatus::interrupted);
}

TEST_CASE("notices can come twice, in a bad order, or not at all") {
    TurnScript script;
    script.duplicate = true;
    script.reorder = true;
    Scripted s(script);
    s.start();
    s.stage.advance(1s);
    CHECK(s.log.count("turn/completed") == 2);
    CHECK(s.log.methods().back() == "item/agentMessage/delta");

    script.silent = true;
    Scripted quiet(script);
    auto turn = quiet.start();
    quiet.stage.advance(1s);
    CHECK(quiet.log.notices.empty());
    CHECK(quiet.status(turn) == TurnStatus::completed);
}

TEST_CASE("a dead runtime answers nobody, loses its turns, and comes back") {
    for (auto after : {TurnScript::AfterDeath::interrupted, TurnScript::AfterDeath::absent,
                       TurnScript::AfterDeath::completed}) {
        TurnScript script;
        script.end = TurnScript::End::die;
        script.down_for = 2s;
        script.after_death = after;
        Scripted s(script);
        auto turn = s.start();
        s.stage.advance(60ms);
        CHECK_FALSE(s.runtime.available());
        CHECK_THROWS_AS(s.status(turn), RuntimeUnavailable);
        CHECK_THROWS_AS(s.start("other"), RuntimeUnavailable);
        s.stage.advance(2s);
        CHECK(s.runtime.available());
        auto view = s.stage.wait_for(s.runtime.read_turn("t", turn));
        CHECK(view.has_value() == (after != TurnScript::AfterDeath::absent));
        CHECK(s.log.count("turn/completed") == 0);
        CHECK(s.runtime.world().deaths == 1);
    }
}

TEST_CASE("a start whose answer is on its way when the runtime dies fails") {
    TurnScript script;
    script.answer_after = 1s;
    Scripted s(script);
    bool failed = false;
    auto request = turn_request("t", "work");
    auto start = [](ScriptedRuntime& runtime, TurnRequest r) -> Task<void> { co_await runtime.start_turn(std::move(r)); };
    s.stage.nursery.start("start", start(s.runtime, request), [&](std::exception_ptr error) { failed = error != nullptr; });
    s.stage.settle();
    s.runtime.die(100ms);
    s.stage.advance(2s);
    CHECK(failed);
}

TEST_CASE("a world outlives its runtime: the next one finds running turns lost") {
    auto world = std::make_shared<World>();
    TurnScript script;
    script.end = TurnScript::End::hang;
    std::string turn;
    {
        Scripted first(script, world);
        turn = first.start();
        CHECK(world->active() == 1);
    }
    Scripted second(script, world);
    CHECK(second.status(turn) == TurnStatus::interrupted);
    CHECK(world->starts_of("job_a:1") == 1);
}

TEST_CASE("random scripts are the same for the same seed, and show everything") {
    SeededRandom one(5), two(5);
    int hangs = 0, deaths = 0, restarts = 0;
    for (int i = 0; i < 500; ++i) {
        auto a = random_script(one);
        auto b = random_script(two);
        CHECK(a.end == b.end);
        CHECK(a.ends_after == b.ends_after);
        hangs += a.end == TurnScript::End::hang;
        deaths += a.end == TurnScript::End::die;
        restarts += a.restarts > 0;
    }
    CHECK(hangs > 0);
    CHECK(deaths > 0);
    CHECK(restarts > 0);
}
