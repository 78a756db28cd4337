#include "jobs/suggest_reply.hpp"

#include "base/members.hpp"
#include "support/catch.hpp"
#include "support/spine.hpp"
#include "support/turn_scripts.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using lanekeeper::testing::hanging;
using namespace std::chrono_literals;

namespace {

struct SuggestRig {
    explicit SuggestRig(TurnScript first = {}, Settings settings = {})
        : script(std::make_shared<TurnScript>(first)), spine(scripted_runtime(script), std::move(settings)) {}
    std::shared_ptr<TurnScript> script;
    Spine spine;

    World& world() { return static_cast<ScriptedRuntime&>(*spine.runtime).world(); }
    SuggestClick click_on(const std::string& session, std::string draft = "") {
        SuggestClick click;
        click.session_id = session;
        if (!draft.empty()) click.draft = draft;
        return click;
    }
    SuggestAnswer click(const std::string& session, std::string draft = "") {
        return spine.stage.wait_for(spine.suggestions->click(click_on(session, draft))).value();
    }
    SuggestAnswer wait(const std::string& session) {
        return spine.stage.wait_for(spine.suggestions->click_and_wait(click_on(session))).value();
    }
    std::string refusal(const std::string& session) {
        auto answer = spine.stage.wait_for(spine.suggestions->click(click_on(session)));
        return answer ? "" : answer.error().code;
    }
    json::object state(const std::string& session) { return spine.bodies(suggestion_kind, session).back(); }
};

Task<void> keep_answer(Task<Result<SuggestAnswer>> clicking, std::vector<SuggestAnswer>& answers) {
    auto answer = co_await std::move(clicking);
    answers.push_back(answer.value());
}

std::string status(const json::object& state) { return members::text(state, "status"); }

}  // namespace

TEST_CASE("suggest_reply is what the mission locked: interactive, single flight a chat, interruptible, with schemas") {
    SuggestRig rig;
    auto definition = rig.spine.registry.find("suggest_reply");
    REQUIRE(definition);
    CHECK(definition->priority == interactive_priority);
    CHECK(definition->dedupe.mode == DedupeMode::single_flight);
    CHECK(definition->cancel.strategy == CancelStrategy::interrupt_turn);
    CHECK(definition->cancel.graceful_wait == 1500ms);
    CHECK(definition->on_shutdown == OnShutdown::cancel);
    CHECK(definition->uses_turns);
    CHECK_FALSE(definition->retry.max_attempts);
    CHECK(definition->retry.backoff.first == 500ms);
    CHECK(definition->retry.backoff.max == 5000ms);
    json::object payload{{"requestKey", "r"}, {"sessionId", "s"}, {"projectId", "p"}};
    CHECK(definition->payload_schema.check(payload).empty());
    CHECK(definition->dedupe.key(payload) == "p:s:suggest_reply");
    auto moved = payload;
    moved["projectId"] = "elsewhere";
    CHECK(definition->dedupe.match(payload) == definition->dedupe.match(moved));
    payload["draft"] = std::string(4001, 'x');
    CHECK_FALSE(definition->payload_schema.check(payload).empty());
    payload.erase("draft");
    payload.erase("requestKey");
    CHECK_FALSE(definition->payload_schema.check(payload).empty());
}

TEST_CASE("a click is answered with a job, whose suggestion is committed under the request's key") {
    TurnScript script;
    script.text = "  Run the tests.  ";
    SuggestRig rig(script);
    auto chat = rig.spine.chat();
    auto answer = rig.click(chat);
    CHECK(answer.enqueued.how == Enqueued::How::enqueued);
    auto reply = queued_answer(answer.enqueued);
    CHECK(reply.at("status") == "queued");
    CHECK(reply.at("dedupe") == "enqueued");
    CHECK(members::text(reply, "sessionId") == chat);
    CHECK(members::text(reply, "projectId") == "session:" + chat);
    auto key = members::text(reply, "requestKey");
    CHECK_FALSE(key.empty());

    auto job = rig.spine.end_of(answer.job.id());
    REQUIRE(job.state == JobState::completed);
    CHECK(members::text(*job.result, "suggestion") == "Run the tests.");
    CHECK(members::text(*job.result, "requestKey") == key);
    CHECK(members::text(*job.result, "source") == "scripted");
    auto state = rig.state(chat);
    CHECK(status(state) == "complete");
    CHECK(members::text(state, "suggestion") == "Run the tests.");
    CHECK(members::text(state, "requestKey") == key);
    CHECK(rig.spine.bodies(suggestion_kind, chat).size() == 1);
    CHECK(members::text(rig.spine.events("suggested_request_updated").back(), "status") == "complete");
    auto done = rig.spine.events("orchestrator_job_completed").back();
    CHECK(members::text(done, "requestKey") == key);
    CHECK(members::text(done, "sourceSessionId") == chat);
}

TEST_CASE("clicks on a chat whose suggestion is queued or running find the same job and the same request key") {
    SuggestRig rig(hanging());
    auto chat = rig.spine.chat();
    auto first = rig.click(chat);
    for (int i = 0; i < 20; ++i) {
        auto again = rig.click(chat, "a draft that differs");
        CHECK(again.enqueued.how == Enqueued::How::already_queued);
        CHECK(again.job.id() == first.job.id());
        CHECK(queued_answer(again.enqueued).at("requestKey") == queued_answer(first.enqueued).at("requestKey"));
        CHECK(queued_answer(again.enqueued).at("dedupe") == "already_queued");
    }
    CHECK(rig.world().turns.size() == 1);
    auto other = rig.click(rig.spine.chat());
    CHECK(other.job.id() != first.job.id());
    rig.spine.end_of(first.job.id());
    CHECK(rig.click(chat).enqueued.how == Enqueued::How::enqueued);
}

TEST_CASE("two hundred clicks at once on a chat whose suggestion is running are one job, one turn and one request key") {
    SuggestRig rig(hanging());
    auto chat = rig.spine.chat();
    auto first = rig.click(chat);
    rig.spine.stage.advance(100ms);
    REQUIRE(rig.spine.job(first.job.id()).state == JobState::running);
    std::vector<SuggestAnswer> answers;
    for (int i = 0; i < 200; ++i) {
        auto clicking = rig.spine.suggestions->click(rig.click_on(chat, "draft " + std::to_string(i)));
        rig.spine.stage.nursery.start("click", keep_answer(std::move(clicking), answers));
    }
    rig.spine.stage.settle();
    REQUIRE(answers.size() == 200);
    for (const auto& answer : answers) {
        CHECK(answer.job.id() == first.job.id());
        CHECK(answer.job.payload.at("requestKey") == first.job.payload.at("requestKey"));
    }
    CHECK(rig.world().turns.size() == 1);
}

TEST_CASE("nothing to suggest from is a refusal, a draft is enough, and a feature that is off says so") {
    SuggestRig rig;
    auto empty = rig.spine.chat({});
    CHECK(rig.refusal(empty) == "no_context");
    CHECK(rig.refusal(rig.spine.chat({{"user", " \n"}})) == "no_context");
    CHECK_NOTHROW(rig.click(empty, "Please "));
    CHECK(rig.refusal("nobody") == "not_found");

    Settings off;
    off.suggest.enabled = false;
    SuggestRig disabled({}, off);
    CHECK(disabled.refusal(disabled.spine.chat()) == "feature_disabled");
}

TEST_CASE("a suggestion whose turn never answers is the fallback once its time is up, and the turn is interrupted") {
    SuggestRig rig(hanging());
    auto chat = rig.spine.chat();
    auto began = rig.spine.stage.time.mono();
    auto answer = rig.click(chat);
    auto job = rig.spine.end_of(answer.job.id());
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.spine.stage.time.mono() - began < 13s);
    CHECK(members::text(*job.result, "source") == "fallback");
    CHECK(members::text(*job.result, "suggestion").find("Please fix the parser.") != std::string::npos);
    CHECK(status(rig.state(chat)) == "complete");
    rig.spine.stage.advance(1s);
    CHECK(rig.world().turns.front()->view.status == TurnStatus::interrupted);
}

TEST_CASE("the waiting click answers with the suggestion when it comes in time, else with the job") {
    TurnScript script;
    script.text = "Go on.";
    SuggestRig rig(script);
    auto answer = rig.wait(rig.spine.chat());
    REQUIRE(answer.completed());
    auto reply = completed_answer(answer.job);
    CHECK(reply.at("status") == "ok");
    CHECK(reply.at("suggestion") == "Go on.");
    CHECK(reply.at("source") == "scripted");

    *rig.script = hanging();
    rig.spine.settings.suggest.wait = 3s;
    auto began = rig.spine.stage.time.mono();
    auto chat = rig.spine.chat();
    auto late = rig.wait(chat);
    CHECK_FALSE(late.completed());
    CHECK(rig.spine.stage.time.mono() - began == 3s);
    CHECK(queued_answer(late.enqueued).at("status") == "queued");
    CHECK(rig.click(chat).job.id() == late.job.id());
}

TEST_CASE("a canceled suggestion interrupts its turn and says so in its state") {
    SuggestRig rig(hanging());
    auto chat = rig.spine.chat();
    auto answer = rig.click(chat);
    rig.spine.stage.advance(1s);
    CHECK(rig.spine.stage.wait_for(rig.spine.queue->cancel(answer.job.id(), "user")).has_value());
    auto job = rig.spine.end_of(answer.job.id());
    CHECK(job.state == JobState::canceled);
    CHECK(job.error == "user");
    CHECK(rig.world().turns.front()->view.status == TurnStatus::interrupted);
    CHECK(status(rig.state(chat)) == "canceled");
}

TEST_CASE("a suggestion that keeps failing ends with an error in its state, and one that fails once does not") {
    TurnScript failing;
    failing.end = TurnScript::End::fail;
    SuggestRig rig(failing);
    auto chat = rig.spine.chat();
    auto job = rig.spine.end_of(rig.click(chat).job.id());
    CHECK(job.state == JobState::failed);
    CHECK(job.attempts == 2);
    CHECK(status(rig.state(chat)) == "error");

    auto again = rig.click(chat);
    rig.spine.stage.advance(100ms);
    *rig.script = TurnScript();
    CHECK(rig.spine.end_of(again.job.id()).state == JobState::completed);
    CHECK(rig.world().starts_of(again.job.id() + ":1") == 1);
    CHECK(rig.world().starts_of(again.job.id() + ":2") == 1);
}

TEST_CASE("jobs of one owner share one hidden worker session, which users do not see") {
    SuggestRig rig;
    auto chat = rig.spine.chat();
    rig.spine.end_of(rig.click(chat).job.id());
    rig.spine.end_of(rig.click(chat).job.id());
    auto mappings = rig.spine.bodies(worker_kind, "session:" + chat);
    REQUIRE(mappings.size() == 1);
    auto worker = members::text(mappings.front(), "sessionId");
    CHECK(members::text(mappings.front(), "agent") == "supervisor");
    CHECK(rig.spine.sessions->is_system_owned(worker));
    CHECK(rig.spine.sessions->require_user_session(worker).error().code == "system_session");
    for (const auto& turn : rig.world().turns) CHECK(turn->thread_id == worker);
    session::ListQuery query;
    CHECK(rig.spine.sessions->list(query).value().sessions.size() == 1);
}

TEST_CASE("a worker session that takes no turn any more is replaced, once") {
    TurnScript stubborn = hanging();
    stubborn.ignores_interrupt = true;
    SuggestRig rig(stubborn);
    auto chat = rig.spine.chat();
    auto first = rig.spine.end_of(rig.click(chat).job.id());
    CHECK(members::text(*first.result, "source") == "fallback");
    auto before = members::text(rig.spine.bodies(worker_kind, "session:" + chat).front(), "sessionId");
    *rig.script = TurnScript();
    auto second = rig.spine.end_of(rig.click(chat).job.id());
    CHECK(members::text(*second.result, "source") == "scripted");
    auto mappings = rig.spine.bodies(worker_kind, "session:" + chat);
    REQUIRE(mappings.size() == 1);
    CHECK(members::text(mappings.front(), "sessionId") != before);
    CHECK_FALSE(rig.spine.sessions->is_system_owned(before));
}

TEST_CASE("a worker may write a suggestion itself; a complete one never becomes incomplete") {
    SuggestRig rig;
    auto chat = rig.spine.chat();
    SuggestionState state;
    state.session_id = chat;
    state.request_key = "r1";
    state.status = "complete";
    state.suggestion = "Do it.";
    auto put = [&] { return rig.spine.stage.wait_for(rig.spine.suggestions->upsert(state)).value(); };
    CHECK(status(put()) == "complete");
    state.status = "streaming";
    state.suggestion = "Do";
    CHECK(status(put()) == "complete");
    CHECK(members::text(rig.state(chat), "suggestion") == "Do it.");
    CHECK(rig.spine.events("suggested_request_updated").size() == 1);
}

TEST_CASE("a suggestion whose turn ended unseen is settled from what the runtime tells; any other turn is run again") {
    SuggestRig rig;
    auto clicked = rig.click(rig.spine.chat());
    auto job = rig.spine.end_of(clicked.job.id());
    auto ask = [&] { return rig.spine.stage.wait_for(rig.spine.registry.find("suggest_reply")->settle(job)); };
    auto& turn = *rig.world().turns.back();
    job.running = RunningContext{turn.thread_id, turn.view.turn_id};
    auto settled = ask();
    REQUIRE(settled);
    CHECK(settled->result == *job.result);

    turn.view.status = TurnStatus::interrupted;
    CHECK_FALSE(ask());
    turn.view.status = TurnStatus::completed;
    turn.view.text = " ";
    CHECK_FALSE(ask());
    job.running.turn_id = "turn_of_nobody";
    CHECK_FALSE(ask());
}
