#include "jobs/agent_instruction.hpp"

#include "instruction_rig.hpp"

using namespace lanekeeper;
using namespace lanekeeper::testing;
using namespace std::chrono_literals;

TEST_CASE("agent_instruction may come in over the API, is one a turn and kind, and retries at once, then a little later") {
    InstructionRig rig;
    auto definition = rig.spine.registry.find("agent_instruction");
    REQUIRE(definition);
    CHECK(definition->api_trigger);
    CHECK(definition->uses_turns);
    CHECK(definition->dedupe.mode == DedupeMode::single_flight);
    CHECK(definition->cancel.strategy == CancelStrategy::interrupt_turn);
    CHECK_FALSE(definition->retry.max_attempts);
    SeededRandom random{1};
    CHECK(backoff_delay(definition->retry.backoff, 1, random) == 0ms);
    CHECK(backoff_delay(definition->retry.backoff, 2, random) == 60ms);
    CHECK(backoff_delay(definition->retry.backoff, 3, random) == 120ms);
    auto payload = rig.payload("none", {{"projectId", "p"}, {"threadId", "t"}});
    CHECK(definition->dedupe.key(payload) == "p:t:turn_said:review");
    payload["dedupeKey"] = "mine";
    CHECK(definition->dedupe.key(payload) == "mine");
    CHECK(definition->priority_of(payload) == background_priority);
    CHECK(definition->on_shutdown_of(payload) == OnShutdown::requeue);
    payload["completionSignal"] = json::object{{"kind", "suggested_request"}, {"requestKey", "r"}};
    CHECK(definition->priority_of(payload) == interactive_priority);
    CHECK(definition->on_shutdown_of(payload) == OnShutdown::cancel);
}

TEST_CASE("a payload of agent_instruction says what its schema says, and its chat is a user's of that project") {
    InstructionRig rig;
    auto refusal = [&](json::object payload, std::string lane = "") {
        auto enqueued = rig.try_enqueue(std::move(payload), std::move(lane));
        if (enqueued) return std::string("accepted");
        const auto& problem = enqueued.error();
        return problem.code + (problem.issues.empty() ? " " + problem.message : " " + json::serialize(problem.issues.front().path));
    };
    auto without = [&](const char* name) {
        auto payload = rig.payload("none");
        payload.erase(name);
        return refusal(payload);
    };
    for (auto* name : {"agent", "jobKind", "projectId", "sourceSessionId", "threadId", "turnId", "instructionText", "expectResponse"})
        CHECK(without(name) == std::string(R"(invalid_request ["payload",")") + name + "\"]");
    CHECK(refusal(rig.payload("poem")) == R"(invalid_request ["payload","expectResponse"])");
    CHECK(refusal(rig.payload("none", {{"agent", "../x"}})) == R"(invalid_request ["payload","agent"])");
    json::array nine;
    for (int i = 0; i < 9; ++i) nine.push_back(rig.target("row" + std::to_string(i)));
    CHECK(refusal(rig.payload("none", {{"supplementalTargets", nine}})) == R"(invalid_request ["payload","supplementalTargets"])");
    CHECK(refusal(rig.payload("none", {{"completionSignal", json::object{{"kind", "bell"}, {"requestKey", "r"}}}})) ==
          R"(invalid_request ["payload","completionSignal","kind"])");
    CHECK(refusal(rig.payload("none", {{"projectId", "p"}}), "p") == R"(invalid_request ["payload","projectId"])");
    CHECK(refusal(rig.payload("none"), "p") == R"(invalid_request ["projectId"])");
    CHECK(refusal(rig.payload("none", {{"sourceSessionId", "nobody"}})).find("not_found payload.sourceSessionId") == 0);
    CHECK(rig.spine.bodies(transcript::own_kind, rig.chat).empty());
    rig.end(rig.payload("none"));
    auto worker = members::text(rig.spine.bodies(worker_kind, rig.owner()).front(), "sessionId");
    CHECK(refusal(rig.payload("none", {{"sourceSessionId", worker}})).find("system_session") == 0);
}

TEST_CASE("an instruction that expects nothing is a turn of its agent on the owner's worker, and a result") {
    InstructionRig rig(saying(""));
    auto job = rig.end(rig.payload("none", {{"model", "m"}, {"effort", "low"}}));
    REQUIRE(job.state == JobState::completed);
    CHECK(members::text(*job.result, "expectResponse") == "none");
    CHECK(members::text(*job.result, "source") == "scripted");
    CHECK_FALSE(job.result->contains("text"));
    CHECK(job.source_session_id == rig.chat);
    CHECK(rig.spine.bodies(transcript::own_kind, rig.chat).empty());
    const auto& request = rig.world().turns.back()->request;
    CHECK(request.text == "Look at the turn.");
    CHECK(request.model == "m");
    CHECK(request.effort == "low");
    CHECK(members::text(request.facts.as_object(), "kind") == "agent_instruction");
    CHECK(members::text(rig.spine.bodies(worker_kind, rig.owner()).front(), "agent") == "helper");
}

TEST_CASE("assistant_text is a row behind its anchor, written with the completion") {
    InstructionRig rig(saying("  It looks **good**. "));
    auto job = rig.end(rig.payload("assistant_text", {{"anchorItemId", "said_0"}, {"itemId", "other"}}));
    REQUIRE(job.state == JobState::completed);
    CHECK(members::text(*job.result, "text") == "It looks **good**.");
    auto row = rig.row("agent-job-output::" + job.id());
    REQUIRE(row);
    CHECK(row->type == "agent.jobOutput");
    CHECK(row->turn_id == "turn_said");
    CHECK(row->content == "It looks **good**.");
    CHECK(row->status == transcript::Status::complete);
    CHECK(transcript::anchor_of(*row) == "said_0");
    auto view = rig.spine.stage.wait_for(rig.spine.sessions->transcript(rig.chat));
    REQUIRE(view.size() == 2);
    CHECK(view[1].message_id == row->message_id);
}

TEST_CASE("an answer that should be a text and is none is asked for again, and then the job fails") {
    InstructionRig rig(saying(" \n"));
    auto job = rig.end(rig.payload("assistant_text"));
    CHECK(job.state == JobState::failed);
    CHECK(job.attempts == 2);
    CHECK(job.error.value().find("empty_answer") == 0);
    CHECK_FALSE(rig.row("agent-job-output::" + job.id()));
}

TEST_CASE("an agent that nobody described fails the job at once") {
    InstructionRig rig;
    auto job = rig.end(rig.payload("none", {{"agent", "stranger"}}));
    CHECK(job.state == JobState::failed);
    CHECK(job.attempts == 1);
    CHECK(job.error.value().find("unknown_agent") == 0);
    CHECK(rig.world().turns.empty());
}

TEST_CASE("one instruction a turn and kind runs at a time; its own key says otherwise") {
    InstructionRig rig(hanging());
    auto first = rig.enqueue(rig.payload("none"));
    CHECK(rig.enqueue(rig.payload("none", {{"instructionText", "again"}})).id() == first.id());
    CHECK(rig.enqueue(rig.payload("none", {{"jobKind", "other"}})).id() != first.id());
    CHECK(rig.enqueue(rig.payload("none", {{"dedupeKey", "own"}})).id() != first.id());
}

TEST_CASE("a target follows its job from placeholder to fallback, in the words that it was given") {
    InstructionRig rig(saying("ok"));
    json::array texts{"in line", "at work"};
    auto target = rig.target("t1", {{"placeholderTexts", texts}, {"completeFallback", "done with it"}});
    rig.spine.stage.wait_for(rig.spine.queue->command_lane(rig.owner(), Queue::LaneCommand::pause)).value();
    auto job = rig.enqueue(rig.payload("none", {{"supplementalTargets", json::array{target}}, {"itemId", "said_0"}}));
    auto queued = rig.row("t1");
    REQUIRE(queued);
    CHECK(queued->content == "in line");
    CHECK(queued->status == transcript::Status::streaming);
    CHECK(queued->turn_id == "turn_said");
    CHECK(queued->type == "note");
    CHECK(transcript::anchor_of(*queued) == "said_0");
    rig.spine.stage.wait_for(rig.spine.queue->command_lane(rig.owner(), Queue::LaneCommand::resume)).value();
    rig.spine.stage.advance(10ms);
    CHECK(rig.row("t1")->content == "at work");
    CHECK(rig.row("t1")->status == transcript::Status::streaming);
    rig.spine.end_of(job.id());
    CHECK(rig.row("t1")->content == "done with it");
    CHECK(rig.row("t1")->status == transcript::Status::complete);
    CHECK(rig.row("t1")->completed_at);
}

TEST_CASE("a target of a job that fails or is canceled says so") {
    TurnScript failing;
    failing.end = TurnScript::End::fail;
    InstructionRig rig(failing);
    json::array targets{rig.target("t1", {{"errorFallback", "it went wrong"}}), rig.target("t2")};
    rig.end(rig.payload("none", {{"supplementalTargets", targets}}));
    CHECK(rig.row("t1")->content == "it went wrong");
    CHECK(rig.row("t1")->status == transcript::Status::error);
    CHECK(rig.row("t2")->content.find("Not done: turn_failed") == 0);

    *rig.script = hanging();
    json::array more{rig.target("t3", {{"canceledFallback", "nobody wants it"}})};
    auto job = rig.enqueue(rig.payload("none", {{"supplementalTargets", more}}));
    rig.spine.stage.advance(1s);
    REQUIRE(rig.spine.stage.wait_for(rig.spine.queue->cancel(job.id(), "user")).has_value());
    CHECK(rig.spine.end_of(job.id()).state == JobState::canceled);
    CHECK(rig.row("t3")->content == "nobody wants it");
    CHECK(rig.row("t3")->status == transcript::Status::canceled);
    CHECK(rig.world().turns.back()->view.status == TurnStatus::interrupted);
}

TEST_CASE("a target that the agent has written itself keeps its words; one that it left open is closed") {
    TurnScript slow = saying("ok");
    slow.ends_after = 2s;
    InstructionRig rig(slow);
    json::array targets{rig.target("t1", {{"completeFallback", "fallback"}}), rig.target("t2", {{"completeFallback", "fallback"}}),
                        rig.target("t3", {{"completeFallback", "fallback"}})};
    auto job = rig.enqueue(rig.payload("none", {{"supplementalTargets", targets}}));
    rig.spine.stage.advance(500ms);
    rig.write_row("t1", "its own words", transcript::Status::complete);
    rig.write_row("t2", "half of it", transcript::Status::streaming);
    rig.write_row("t3", "could not", transcript::Status::error);
    rig.spine.end_of(job.id());
    CHECK(rig.row("t1")->content == "its own words");
    CHECK(rig.row("t1")->status == transcript::Status::complete);
    CHECK(rig.row("t2")->content == "half of it");
    CHECK(rig.row("t2")->status == transcript::Status::complete);
    CHECK(rig.row("t3")->content == "could not");
    CHECK(rig.row("t3")->status == transcript::Status::error);
}

TEST_CASE("a retry's placeholders leave alone what the agent has written and what has ended") {
    TurnScript failing;
    failing.end = TurnScript::End::fail;
    failing.ends_after = 2s;
    InstructionRig rig(failing);
    json::array targets{rig.target("t1"), rig.target("t2"), rig.target("t3")};
    auto job = rig.enqueue(rig.payload("none", {{"supplementalTargets", targets}}));
    rig.spine.stage.advance(500ms);
    rig.write_row("t1", "half of it", transcript::Status::streaming);
    rig.write_row("t2", "all of it", transcript::Status::complete);
    *rig.script = hanging();
    rig.spine.stage.advance(2s);
    REQUIRE(rig.spine.job(job.id()).run == 2);
    CHECK(rig.row("t1")->content == "half of it");
    CHECK(rig.row("t2")->status == transcript::Status::complete);
    CHECK(rig.row("t3")->content == "Working.");
}

TEST_CASE("a target that is a row of the runtime's, or of another turn, is refused before the agent is asked") {
    InstructionRig rig(saying("ok"));
    auto refused = [&](json::object target, const std::string& turn) {
        json::array targets{rig.target("fine_" + turn), std::move(target)};
        auto job = rig.end(rig.payload("assistant_text", {{"turnId", turn}, {"supplementalTargets", targets}}));
        CHECK(job.state == JobState::failed);
        CHECK(job.attempts == 1);
        return job.error.value_or("");
    };
    auto before = rig.shown("said_0");
    REQUIRE(before);
    CHECK(refused(rig.target("said_0", {{"errorFallback", "overwritten"}}), "turn_said") ==
          "invalid_target: supplementalTargets[1].messageId: is a row of the runtime's");
    CHECK(rig.shown("said_0")->content == before->content);
    CHECK(rig.shown("said_0")->status == before->status);
    CHECK(rig.shown("said_0")->details == before->details);
    rig.write_row("old", "of another turn", transcript::Status::complete);
    CHECK(refused(rig.target("old"), "turn_other") == "invalid_target: supplementalTargets[1].messageId: is a row of another turn");
    CHECK(rig.world().turns.empty());
}

TEST_CASE("a target whose row turns out to be the runtime's gives way to it, whatever becomes of the job") {
    TurnScript slow = saying("ok");
    slow.ends_after = 2s;
    InstructionRig rig(slow);
    json::array targets{rig.target("late", {{"completeFallback", "overwritten"}})};
    auto job = rig.enqueue(rig.payload("none", {{"supplementalTargets", targets}}));
    rig.spine.stage.advance(500ms);
    CHECK(rig.shown("late")->content == "Working.");
    transcript::Entry answer;
    answer.message_id = "late";
    answer.turn_id = "turn_said";
    answer.type = "agentMessage";
    answer.role = transcript::Role::assistant;
    answer.content = "The answer.";
    answer.status = transcript::Status::streaming;
    Effects effects;
    effects.puts.push_back(transcript::put_base(rig.chat, answer));
    rig.spine.stage.wait_for(rig.spine.ledger.commit(rig.spine.stage.time.wall(), std::move(effects))).value();
    CHECK(rig.shown("late")->content == "The answer.");
    CHECK(rig.spine.end_of(job.id()).state == JobState::completed);
    CHECK(rig.shown("late")->content == "The answer.");
    CHECK(rig.shown("late")->type == "agentMessage");
    CHECK(rig.shown("late")->status == transcript::Status::streaming);
}

TEST_CASE("an operator's retry of a failed instruction ends its target with the better word") {
    TurnScript failing;
    failing.end = TurnScript::End::fail;
    InstructionRig rig(failing);
    json::array targets{rig.target("t1", {{"completeFallback", "done"}})};
    auto job = rig.end(rig.payload("none", {{"supplementalTargets", targets}}));
    REQUIRE(job.state == JobState::failed);
    *rig.script = saying("ok");
    rig.spine.stage.wait_for(rig.spine.queue->retry(job.id())).value();
    CHECK(rig.row("t1")->status == transcript::Status::error);
    CHECK(rig.spine.end_of(job.id()).state == JobState::completed);
    CHECK(rig.row("t1")->status == transcript::Status::complete);
    CHECK(rig.row("t1")->content == "done");
}

TEST_CASE("an instruction whose turn ended unseen is settled from what the runtime tells, and no other is") {
    InstructionRig rig(saying("It is fine."));
    auto job = rig.end(rig.payload("assistant_text"));
    auto& turn = *rig.world().turns.back();
    job.running = RunningContext{turn.thread_id, turn.view.turn_id};
    auto ask = [&] { return rig.spine.stage.wait_for(rig.spine.registry.find("agent_instruction")->settle(job)); };
    auto settled = ask();
    REQUIRE(settled);
    CHECK(settled->result == *job.result);
    turn.view.status = TurnStatus::interrupted;
    CHECK_FALSE(ask());
    job.running.turn_id = "turn_of_nobody";
    CHECK_FALSE(ask());
}

TEST_CASE("the built-in runtime answers an instruction with its digest") {
    Spine spine(builtin_runtime, {}, helpers());
    auto chat = spine.chat();
    EnqueueRequest request;
    request.type = "agent_instruction";
    request.owner = "session:" + chat;
    request.payload = json::object{{"agent", "helper"}, {"jobKind", "review"}, {"projectId", "session:" + chat},
                                   {"sourceSessionId", chat}, {"threadId", chat}, {"turnId", "turn_said"},
                                   {"instructionText", "Which tests cover lib/base/json.hpp?"}, {"expectResponse", "assistant_text"}};
    auto job = spine.end_of(spine.stage.wait_for(spine.queue->enqueue(std::move(request))).value().job.id());
    REQUIRE(job.state == JobState::completed);
    CHECK(members::text(*job.result, "source") == "builtin");
    CHECK(members::text(*job.result, "text").find("lib/base/json.hpp") != std::string::npos);
}
