#include "jobs/file_change_explain.hpp"

#include "base/members.hpp"
#include "support/catch.hpp"
#include "support/spine.hpp"

using namespace lanekeeper;
using namespace lanekeeper::scripted;
using namespace std::chrono_literals;

namespace {

json::object explain_payload(const std::string& chat, const std::string& item = "item1") {
    json::object change{{"path", "src/a.cpp"}, {"kind", "update"}, {"diff", "@@ -1 +1 @@ int main()\n-old\n+new\n"}};
    return {{"projectId", "proj"},  {"sessionId", chat}, {"threadId", chat},     {"turnId", "turn1"},
            {"itemId", item},       {"changes", json::array{change}}, {"truncated", true}, {"originalChars", 77}};
}

Job enqueue(Spine& spine, json::object payload) {
    EnqueueRequest request;
    request.type = "file_change_explain";
    request.owner = "proj";
    request.source_session_id = members::text(payload, "sessionId");
    request.payload = std::move(payload);
    return spine.stage.wait_for(spine.queue->enqueue(std::move(request))).value().job;
}

std::vector<transcript::Entry> rows(Spine& spine, const std::string& chat) {
    std::vector<transcript::Entry> rows;
    for (const auto& body : spine.bodies(transcript::own_kind, chat)) rows.push_back(transcript::entry_from_json(body));
    return rows;
}

}  // namespace

TEST_CASE("file_change_explain is what the mission locked: background, duplicates dropped, requeued by a stop") {
    Spine spine(builtin_runtime);
    auto definition = spine.registry.find("file_change_explain");
    REQUIRE(definition);
    CHECK(definition->priority == background_priority);
    CHECK(definition->dedupe.mode == DedupeMode::drop_duplicate);
    CHECK(definition->dedupe.key(explain_payload("thread")) == "proj:thread:turn1:item1");
    CHECK(definition->timeout == 90s);
    CHECK(definition->cancel.graceful_wait == 1500ms);
    CHECK(definition->on_shutdown == OnShutdown::requeue);
    CHECK(definition->retry.backoff.first == 1000ms);
    CHECK(definition->retry.backoff.max == 10000ms);
    CHECK(definition->payload_schema.check(explain_payload("thread")).empty());
    for (auto* name : {"projectId", "threadId", "turnId", "itemId", "changes", "truncated", "originalChars"}) {
        auto payload = explain_payload("thread");
        payload.erase(name);
        CHECK_FALSE(definition->payload_schema.check(payload).empty());
    }
    auto payload = explain_payload("thread");
    payload["changes"] = json::array();
    CHECK_FALSE(definition->payload_schema.check(payload).empty());
}

TEST_CASE("its timeout is the default one when that is longer, and none when there is none") {
    Settings settings;
    settings.queue.default_timeout = 300s;
    CHECK(Spine(builtin_runtime, settings).registry.find("file_change_explain")->timeout == 300s);
    settings.queue.default_timeout = 0s;
    CHECK(Spine(builtin_runtime, settings).registry.find("file_change_explain")->timeout == 0s);
}

TEST_CASE("an explanation's row goes from a placeholder over analyzing to the text, under one id") {
    Spine spine(builtin_runtime);
    auto chat = spine.chat();
    auto job = enqueue(spine, explain_payload(chat));
    job = spine.end_of(job.id());
    REQUIRE(job.state == JobState::completed);
    auto all = rows(spine, chat);
    REQUIRE(all.size() == 1);
    const auto& row = all.front();
    CHECK(row.message_id == "file-change-explain-" + chat + "-turn1-item1");
    CHECK(row.turn_id == "turn1");
    CHECK(row.type == "fileChange.explainability");
    CHECK(row.role == transcript::Role::system);
    CHECK(row.status == transcript::Status::complete);
    CHECK(row.content.find("src/a.cpp") != std::string::npos);
    CHECK(row.content == members::text(*job.result, "text"));
    auto details = json::parse(*row.details);
    CHECK(details.at("anchorItemId") == "item1");
    CHECK(members::text(details.as_object(), "jobId") == job.id());
    CHECK(details.at("source") == "builtin");
    CHECK(details.at("truncated") == true);
    CHECK(details.at("originalChars") == 77);

    std::vector<std::string> seen;
    for (const auto& update : spine.events("transcript_updated")) {
        if (members::text(update, "messageId") != row.message_id) continue;
        const auto& entry = update.at("entry").as_object();
        seen.push_back(members::text(entry, "status") + " " + members::text(entry, "content").substr(0, 9));
        CHECK(members::text(update, "threadId") == chat);
    }
    REQUIRE(seen.size() == 3);
    CHECK(seen[0] == "streaming Waiting t");
    CHECK(seen[1] == "streaming Analyzing");
    CHECK(seen[2].starts_with("complete "));
}

TEST_CASE("the same file change again is the same job and the same row, also after it was explained") {
    Spine spine(builtin_runtime);
    auto chat = spine.chat();
    auto first = enqueue(spine, explain_payload(chat));
    CHECK(enqueue(spine, explain_payload(chat)).id() == first.id());
    spine.end_of(first.id());
    CHECK(enqueue(spine, explain_payload(chat)).id() == first.id());
    CHECK(enqueue(spine, explain_payload(chat, "item2")).id() != first.id());
    CHECK(rows(spine, chat).size() == 2);
}

TEST_CASE("an explanation that fails or is canceled leaves one line, and a later try still brings the text") {
    auto script = std::make_shared<TurnScript>();
    script->end = TurnScript::End::fail;
    Spine spine(scripted_runtime(script));
    auto chat = spine.chat();
    auto job = spine.end_of(enqueue(spine, explain_payload(chat)).id());
    CHECK(job.state == JobState::failed);
    auto row = rows(spine, chat).front();
    CHECK(row.status == transcript::Status::error);
    CHECK(row.content == "No explanation: turn_failed: scripted failure");

    script->end = TurnScript::End::hang;
    auto second = enqueue(spine, explain_payload(chat, "item2"));
    spine.stage.advance(1s);
    CHECK(spine.stage.wait_for(spine.queue->cancel(second.id(), "not_needed")).has_value());
    CHECK(spine.end_of(second.id()).state == JobState::canceled);
    row = rows(spine, chat).back();
    CHECK(row.status == transcript::Status::canceled);
    CHECK(row.content == "Explanation canceled: not_needed");

    script->end = TurnScript::End::reply;
    script->text = "explained after all";
    auto again = spine.end_of(enqueue(spine, explain_payload(chat)).id());
    CHECK(again.id() != job.id());
    auto all = rows(spine, chat);
    CHECK(all.size() == 2);
    CHECK(all.front().status == transcript::Status::complete);
    CHECK(all.front().content == "explained after all");
}

TEST_CASE("an explanation whose row was removed while it ran does not bring it back, however it ends") {
    auto script = std::make_shared<TurnScript>();
    script->end = TurnScript::End::hang;
    for (bool canceled : {true, false}) {
        Spine spine(scripted_runtime(script));
        auto chat = spine.chat();
        auto job = enqueue(spine, explain_payload(chat));
        spine.stage.advance(1s);
        REQUIRE(rows(spine, chat).size() == 1);
        Effects removal;
        removal.deletes.emplace_back(std::string(transcript::own_kind), chat, explain_row_id(job.payload));
        REQUIRE(spine.stage.wait_for(spine.ledger.commit(spine.stage.time.wall(), std::move(removal))).has_value());
        auto told = spine.events("transcript_updated").size();
        if (canceled) CHECK(spine.stage.wait_for(spine.queue->cancel(job.id(), "not_needed")).has_value());
        CHECK(spine.end_of(job.id()).state == (canceled ? JobState::canceled : JobState::failed));
        CHECK(spine.job(job.id()).run > (canceled ? 0 : 1));
        CHECK(rows(spine, chat).empty());
        CHECK(spine.events("transcript_updated").size() == told);
    }
}

TEST_CASE("a turn that says nothing is no explanation") {
    auto script = std::make_shared<TurnScript>();
    script->text = " ";
    Spine spine(scripted_runtime(script));
    auto job = spine.end_of(enqueue(spine, explain_payload(spine.chat())).id());
    CHECK(job.state == JobState::failed);
    CHECK(job.error->find("empty_answer") == 0);
}

TEST_CASE("its turn is given the facts, and runs on the owner's explainer") {
    auto script = std::make_shared<TurnScript>();
    Spine spine(scripted_runtime(script));
    auto chat = spine.chat();
    spine.end_of(enqueue(spine, explain_payload(chat)).id());
    const auto& turn = *static_cast<ScriptedRuntime&>(*spine.runtime).world().turns.front();
    CHECK(turn.request.facts.at("kind") == "file_change_explain");
    CHECK(turn.request.facts.at("changes").as_array().size() == 1);
    CHECK(turn.request.text.find("src/a.cpp") != std::string::npos);
    auto mapping = spine.bodies(worker_kind, "proj").front();
    CHECK(members::text(mapping, "agent") == "explainer");
    CHECK(members::text(mapping, "sessionId") == turn.thread_id);
}

TEST_CASE("a runtime that is away costs no attempts") {
    auto script = std::make_shared<TurnScript>();
    script->start = TurnScript::Start::unavailable;
    Spine spine(scripted_runtime(script));
    auto job = enqueue(spine, explain_payload(spine.chat()));
    spine.stage.advance(5s);
    CHECK(spine.job(job.id()).run > 3);
    CHECK(spine.job(job.id()).attempts <= 1);
    script->start = TurnScript::Start::answer;
    CHECK(spine.end_of(job.id()).state == JobState::completed);
}

TEST_CASE("an explanation whose turn ended unseen is settled from what the runtime tells") {
    TurnScript script;
    script.text = "Two lines moved.";
    Spine spine(scripted_runtime(std::make_shared<TurnScript>(script)));
    auto job = spine.end_of(enqueue(spine, explain_payload(spine.chat())).id());
    const auto& turn = *static_cast<ScriptedRuntime&>(*spine.runtime).world().turns.back();
    job.running = RunningContext{turn.thread_id, turn.view.turn_id};
    auto settle = spine.registry.find("file_change_explain")->settle;
    CHECK(spine.stage.wait_for(settle(job))->result == *job.result);
    job.running.turn_id = "turn_of_nobody";
    CHECK_FALSE(spine.stage.wait_for(settle(job)));
}
