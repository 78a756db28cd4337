// The orientation of a worker, seen from the queue: it costs a job no time and bears its cancellation.
#include "support/catch.hpp"
#include "support/spine.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

namespace {

Settings short_jobs() {
    Settings settings;
    settings.queue.default_timeout = 2'000ms;
    settings.agent.empty_turn_grace = 60'000ms;
    return settings;
}

/// An orientation takes five seconds, another turn as long as it is told.
struct SlowRig {
    Millis turn_takes{100};
    Spine spine{[this](Spine& within) {
                    auto choose = [this](const TurnRequest& request) {
                        TurnScript script;
                        script.ends_after = request.client_message_id.starts_with("preflight:") ? 5'000ms : turn_takes;
                        return script;
                    };
                    auto made = std::make_unique<ScriptedRuntime>(within.stage.executor(), within.stage.time, choose);
                    made->want_orientation();
                    return made;
                },
                short_jobs()};

    std::string click(const std::string& chat) {
        SuggestClick click;
        click.session_id = chat;
        return spine.stage.wait_for(spine.suggestions->click(click)).value().job.id();
    }
    World& world() { return dynamic_cast<ScriptedRuntime&>(*spine.runtime).world(); }
};

}  // namespace

TEST_CASE("a worker's orientation may take longer than its first job may") {
    SlowRig rig;
    auto job = rig.spine.end_of(rig.click(rig.spine.chat()));
    CHECK(job.state == JobState::completed);
    CHECK(job.attempts == 1);
    CHECK(rig.world().turns.size() == 2);
}

TEST_CASE("after the orientation a job's own time counts as ever") {
    SlowRig rig;
    rig.turn_takes = 30'000ms;
    auto id = rig.click(rig.spine.chat());
    rig.spine.stage.advance(5'000ms + 1'900ms);
    CHECK(rig.spine.job(id).state == JobState::running);
    rig.spine.stage.advance(300ms);
    CHECK(rig.spine.job(id).error == "timeout");
}

TEST_CASE("a job that is cancelled while its worker is oriented ends at once, and its lane goes on behind the orientation") {
    SlowRig rig;
    auto chat = rig.spine.chat();
    auto id = rig.click(chat);
    rig.spine.stage.advance(1'000ms);
    CHECK(rig.spine.job(id).state == JobState::running);
    rig.spine.stage.wait_for(rig.spine.queue->cancel(id, "user_requested")).value();
    rig.spine.stage.advance(10ms);
    CHECK(rig.spine.job(id).state == JobState::canceled);
    CHECK(rig.spine.end_of(rig.click(chat)).state == JobState::completed);
    CHECK(rig.world().turns.size() == 2);
    CHECK(rig.world().turns.front()->interrupts == 0);
}
