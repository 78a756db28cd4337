// agent_instruction with a completion signal: it ends with the signal, or at the deadline with the fallback.
#include "instruction_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

namespace {

json::object waiting_for(const char* key) {
    return {{"completionSignal", json::object{{"kind", "suggested_request"}, {"requestKey", key}}}};
}

std::string status(InstructionRig& rig, const char* key) {
    auto state = rig.suggestion(key);
    return state ? members::text(*state, "status") : "none";
}

}  // namespace

TEST_CASE("a signal that comes while the turn runs ends the job, and the turn after a moment") {
    InstructionRig rig(hanging());
    auto job = rig.enqueue(rig.payload("none", waiting_for("r")));
    rig.spine.stage.advance(1s);
    CHECK(status(rig, "r") == "streaming");
    auto began = rig.spine.stage.time.mono();
    rig.signal("r", "complete", "Run the tests.");
    job = rig.spine.end_of(job.id());
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.spine.stage.time.mono() - began < 2s);
    CHECK(rig.completion(job).at("by") == "signal");
    CHECK(rig.completion(job).at("suggestion") == "Run the tests.");
    rig.spine.stage.advance(1s);
    CHECK(rig.world().turns.back()->view.status == TurnStatus::interrupted);
    CHECK(members::text(*rig.suggestion("r"), "suggestion") == "Run the tests.");
    CHECK(members::text(*rig.suggestion("r"), "source") == "worker");
}

TEST_CASE("a turn that ends by itself soon after the signal is not interrupted") {
    auto slow = saying("done");
    slow.ends_after = 1200ms;
    InstructionRig rig(slow);
    auto job = rig.enqueue(rig.payload("assistant_text", waiting_for("r")));
    rig.spine.stage.advance(1s);
    rig.signal("r", "complete", "Run the tests.");
    job = rig.spine.end_of(job.id());
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.world().turns.back()->interrupts == 0);
    CHECK(members::text(*job.result, "text") == "done");
    CHECK(rig.row("agent-job-output::" + job.id()));
}

TEST_CASE("a signal may come after the turn's end, and may be an error") {
    for (const char* word : {"complete", "error"}) {
        InstructionRig rig(saying("done"));
        auto job = rig.enqueue(rig.payload("none", waiting_for("r")));
        rig.spine.stage.advance(3s);
        CHECK(rig.spine.job(job.id()).state == JobState::running);
        rig.signal("r", word, "words");
        job = rig.spine.end_of(job.id());
        REQUIRE(job.state == JobState::completed);
        CHECK(rig.completion(job).at("by") == "signal");
        CHECK(rig.completion(job).at("status") == word);
        CHECK(status(rig, "r") == word);
    }
}

TEST_CASE("a signal that was there before needs no turn") {
    InstructionRig rig;
    rig.signal("r", "complete", "Run the tests.");
    auto job = rig.end(rig.payload("assistant_text", waiting_for("r")));
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.world().turns.empty());
    CHECK(job.result->at("source").is_null());
    CHECK(rig.completion(job).at("suggestion") == "Run the tests.");
    for (const auto& told : rig.spine.events("suggested_request_updated")) {
        CHECK(members::text(told, "status") == "complete");
        CHECK(members::text(told, "suggestion") == "Run the tests.");
    }
}

TEST_CASE("a signal that never comes is the fallback at the deadline, and a turn that goes on is interrupted") {
    InstructionRig rig(hanging());
    auto began = rig.spine.stage.time.mono();
    auto job = rig.end(rig.payload("action_intents", waiting_for("r")));
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.spine.stage.time.mono() - began >= 12s);
    CHECK(rig.spine.stage.time.mono() - began < 13s);
    CHECK(rig.completion(job).at("by") == "fallback");
    auto state = rig.suggestion("r").value();
    CHECK(members::text(state, "status") == "complete");
    CHECK(members::text(state, "source") == "fallback");
    CHECK(members::text(state, "suggestion") == "Please continue with this: “Please fix the parser.”");
    CHECK(members::text(state, "jobId") == job.id());
    rig.spine.stage.advance(1s);
    CHECK(rig.world().turns.back()->view.status == TurnStatus::interrupted);
    CHECK(members::text(rig.spine.events("suggested_request_updated").back(), "source") == "fallback");
}

TEST_CASE("the deadline counts from the start of the turn, also when the turn has ended without a signal") {
    Settings settings;
    settings.suggest.request_wait = 5s;
    auto slow = saying("done");
    slow.ends_after = 3s;
    InstructionRig rig(slow, settings);
    auto began = rig.spine.stage.time.mono();
    auto job = rig.end(rig.payload("none", waiting_for("r")));
    CHECK(rig.completion(job).at("by") == "fallback");
    CHECK(rig.spine.stage.time.mono() - began >= 5s);
    CHECK(rig.spine.stage.time.mono() - began < 5500ms);
    CHECK(rig.world().turns.back()->interrupts == 0);
}

TEST_CASE("the fallback is the draft, when there is one, and never takes the place of a suggestion") {
    InstructionRig rig(hanging());
    auto more = waiting_for("r");
    more["fallbackSuggestionDraft"] = "  Please add a test. ";
    auto job = rig.end(rig.payload("none", more));
    CHECK(rig.completion(job).at("suggestion") == "Please add a test.");
    CHECK(members::text(*rig.suggestion("r"), "suggestion") == "Please add a test.");

    json::object made{{"status", "complete"}, {"suggestion", "made"}}, late{{"status", "complete"}, {"suggestion", "fallback"}};
    CHECK(merge_fallback(made, late) == made);
    CHECK(merge_fallback(json::object{{"status", "streaming"}}, late) == late);
    CHECK(merge_suggestion(made, late) == late);
}

TEST_CASE("an intent's row under the request's key is the signal") {
    InstructionRig rig(saying(intents(row_intent("r", "Run the tests."))));
    auto began = rig.spine.stage.time.mono();
    auto job = rig.end(rig.payload("action_intents", waiting_for("r")));
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.spine.stage.time.mono() - began < 1s);
    CHECK(rig.completion(job).at("by") == "intent");
    CHECK(members::text(*rig.suggestion("r"), "suggestion") == "Run the tests.");
    CHECK(status(rig, "r") == "complete");

    *rig.script = saying(intents(row_intent("r2", "No idea.", R"(,"status":"error")")));
    job = rig.end(rig.payload("action_intents", waiting_for("r2")));
    CHECK(rig.completion(job).at("status") == "error");
    CHECK(members::text(*rig.suggestion("r2"), "error") == "No idea.");
}

TEST_CASE("intents without the signal are done, and the fallback comes in time") {
    InstructionRig rig(saying(intents(row_intent("x", "seen"))));
    auto job = rig.end(rig.payload("action_intents", waiting_for("r")));
    REQUIRE(job.state == JobState::completed);
    CHECK(rig.row("x"));
    CHECK(rig.completion(job).at("by") == "fallback");
}

TEST_CASE("a job that fails or is canceled says so in its request's state, and nobody waits on") {
    TurnScript failing;
    failing.end = TurnScript::End::fail;
    InstructionRig rig(failing);
    auto job = rig.end(rig.payload("none", waiting_for("r")));
    CHECK(job.state == JobState::failed);
    CHECK(status(rig, "r") == "error");

    *rig.script = saying("done");
    job = rig.enqueue(rig.payload("none", waiting_for("r2")));
    rig.spine.stage.advance(2s);
    REQUIRE(rig.spine.stage.wait_for(rig.spine.queue->cancel(job.id(), "user")).has_value());
    job = rig.spine.end_of(job.id());
    CHECK(job.state == JobState::canceled);
    CHECK(job.error == "user");
    CHECK(status(rig, "r2") == "canceled");
}

TEST_CASE("a turn that breaks after the signal came has done its work") {
    TurnScript failing;
    failing.end = TurnScript::End::fail;
    failing.ends_after = 1500ms;
    InstructionRig rig(failing);
    auto job = rig.enqueue(rig.payload("none", waiting_for("r")));
    rig.spine.stage.advance(1s);
    rig.signal("r", "complete", "Run the tests.");
    job = rig.spine.end_of(job.id());
    CHECK(job.state == JobState::completed);
    CHECK(job.attempts == 1);
    CHECK(rig.completion(job).at("by") == "signal");
}

TEST_CASE("an instruction that waited for a signal when the daemon died is settled: by the signal, else by the fallback") {
    InstructionRig rig(saying("done"));
    auto job = rig.end(rig.payload("assistant_text", waiting_for("r")));
    auto& turn = *rig.world().turns.back();
    job.running = RunningContext{turn.thread_id, turn.view.turn_id};
    auto settle = [&] { return rig.spine.stage.wait_for(rig.spine.registry.find("agent_instruction")->settle(job)).value(); };
    CHECK(settle().result.at("completion").as_object().at("by") == "signal");
    Effects effects;
    effects.deletes.emplace_back(std::string(suggestion_kind), rig.chat, "r");
    rig.spine.stage.wait_for(rig.spine.ledger.commit(rig.spine.stage.time.wall(), std::move(effects))).value();
    auto settled = settle();
    CHECK(settled.result.at("completion").as_object().at("by") == "fallback");
    CHECK(members::text(settled.result, "text") == "done");
}
