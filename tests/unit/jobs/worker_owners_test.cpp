// Workers end with the chat or the project that they worked for (runtime.md 3).
#include "agents/projects.hpp"
#include "agents/session_core.hpp"
#include "support/catch.hpp"
#include "support/spine.hpp"
#include "support/turn_scripts.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using lanekeeper::testing::hanging;
using namespace std::chrono_literals;

namespace {

struct OwnerRig {
    explicit OwnerRig(TurnScript first = {}) : script(std::make_shared<TurnScript>(first)), spine(scripted_runtime(script)) {}
    std::shared_ptr<TurnScript> script;
    Spine spine;

    ScriptedRuntime& runtime() { return dynamic_cast<ScriptedRuntime&>(*spine.runtime); }
    SuggestAnswer click(const std::string& chat) {
        SuggestClick click;
        click.session_id = chat;
        return spine.stage.wait_for(spine.suggestions->click(click)).value();
    }
    /// The hidden session that worked for the owner.
    std::string worker_of(const std::string& owner) {
        auto workers = spine.sessions->core().directory.workers_of(owner);
        return workers.empty() ? std::string() : workers.front().id;
    }
    void remove(const std::string& chat) { spine.stage.wait_for(spine.sessions->remove(chat)).value(); }
    std::vector<Record> records(std::string_view kind) {
        return spine.stage.wait_for(spine.store.records_of_kind(std::string(kind), 0, 100));
    }
    /// What the store has of a session, beside its stone.
    std::size_t left_of(const std::string& session) {
        std::size_t count = spine.bodies(transcript::base_kind, session).size();
        for (const auto& record : records("session")) count += record.key == session ? 1 : 0;
        return count;
    }
    std::string reading(const std::string& session) {
        auto readable = spine.sessions->require_readable(session, true);
        return readable ? "" : readable.error().code;
    }
};

}  // namespace

TEST_CASE("a deleted chat takes its worker with it: session, rows and mapping") {
    OwnerRig rig;
    auto chat = rig.spine.chat();
    rig.spine.end_of(rig.click(chat).job.id());
    auto worker = rig.worker_of(session_owner(chat));
    REQUIRE_FALSE(worker.empty());
    Effects said;
    transcript::Entry row;
    row.message_id = "said";
    row.turn_id = "turn";
    said.puts.push_back(transcript::put_base(worker, row));
    rig.spine.stage.wait_for(rig.spine.ledger.commit(rig.spine.stage.time.wall(), std::move(said))).value();
    CHECK(rig.left_of(worker) == 2);
    rig.remove(chat);
    CHECK(rig.left_of(worker) == 0);
    CHECK(rig.records(worker_kind).empty());
    CHECK(rig.reading(worker) == "deleted");
    CHECK(rig.worker_of(session_owner(chat)).empty());
}

TEST_CASE("a chat that is deleted while its worker works leaves no worker behind, and the job is cancelled") {
    OwnerRig rig(hanging());
    auto chat = rig.spine.chat();
    auto job = rig.click(chat).job.id();
    rig.spine.stage.advance(20ms);
    CHECK(rig.spine.job(job).state == JobState::running);
    auto worker = rig.worker_of(session_owner(chat));
    REQUIRE_FALSE(worker.empty());
    rig.remove(chat);
    auto ended = rig.spine.end_of(job);
    CHECK(ended.state == JobState::canceled);
    CHECK(ended.cancel_reason == "session_deleted");
    rig.spine.stage.advance(1min);
    CHECK(rig.left_of(worker) == 0);
    CHECK(rig.records(worker_kind).empty());
}

TEST_CASE("no worker is made for a chat that is gone") {
    OwnerRig rig;
    auto chat = rig.spine.chat();
    rig.spine.end_of(rig.click(chat).job.id());
    rig.remove(chat);
    CHECK_THROWS_AS(rig.spine.stage.wait_for(rig.spine.workers->session_for(session_owner(chat), "supervisor")), JobFailure);
    CHECK(rig.records(worker_kind).empty());
}

TEST_CASE("no worker is made for a project that is gone; a lane that nobody has to store gets one") {
    OwnerRig rig;
    auto& stage = rig.spine.stage;
    Projects projects(*rig.spine.sessions);
    auto project = stage.wait_for(projects.create("p", std::nullopt)).value().id;
    stage.wait_for(projects.remove(project)).value();
    CHECK_THROWS_AS(stage.wait_for(rig.spine.workers->session_for(project, "explainer")), JobFailure);
    CHECK(rig.records(worker_kind).empty());
    CHECK_NOTHROW(stage.wait_for(rig.spine.workers->session_for("some lane", "explainer")));
    CHECK_NOTHROW(stage.wait_for(rig.spine.workers->session_for("proj_of_mine", "explainer")));
}

TEST_CASE("a deleted project takes its workers with it, and leaves no paused or draining lane") {
    OwnerRig rig;
    auto& stage = rig.spine.stage;
    Projects projects(*rig.spine.sessions);
    auto project = stage.wait_for(projects.create("p", std::nullopt)).value().id;
    auto first = stage.wait_for(rig.spine.workers->session_for(project, "explainer"));
    auto second = stage.wait_for(rig.spine.workers->session_for(project, "supervisor"));
    stage.wait_for(rig.spine.queue->command_lane(project, Queue::LaneCommand::pause)).value();
    stage.wait_for(rig.spine.queue->command_lane(project, Queue::LaneCommand::drain)).value();
    CHECK(rig.spine.queue->paused_lanes(10).size() == 1);
    CHECK(stage.wait_for(projects.remove(project)).value() == 0);
    for (const auto& worker : {first, second}) {
        CHECK(rig.left_of(worker) == 0);
        CHECK(rig.reading(worker) == "deleted");
    }
    CHECK(rig.records(worker_kind).empty());
    CHECK(rig.spine.queue->paused_lanes(10).empty());
    CHECK(rig.records("lane").empty());
}

TEST_CASE("a worker whose owner's deletion was cut short goes at the next start; one that is needed stays") {
    OwnerRig rig;
    auto& stage = rig.spine.stage;
    auto& spine = rig.spine;
    auto chat = spine.chat();
    auto kept = stage.wait_for(spine.workers->session_for(session_owner(chat), "supervisor"));
    Effects nothing;
    stage.wait_for(spine.sessions->create_system_session("session:gone", "supervisor", "thread_left", nothing)).value();
    Sessions later(stage.executor(), spine.settings, stage.time, spine.random, spine.ledger, *spine.runtime);
    stage.wait_for(later.load());
    WorkerSessions workers(stage.executor(), later, *spine.runtime, spine.ledger, stage.time);
    stage.wait_for(workers.load());
    stage.settle();
    CHECK(rig.runtime().world().deleted == std::vector<std::string>{"thread_left"});
    stage.wait_for(workers.stop());
    CHECK(rig.left_of("thread_left") == 0);
    CHECK(later.require_readable("thread_left", true).error().code == "deleted");
    CHECK(later.is_system_owned(kept));
    CHECK(rig.left_of(kept) == 1);
}
