#pragma once
#include "agents/conversation.hpp"
#include "agents/intent_plan.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "jobs/instruction_rows.hpp"
#include "support/catch.hpp"
#include "support/fake_run_context.hpp"
#include "support/spine.hpp"
#include "support/turn_scripts.hpp"

namespace lanekeeper::testing {

using scripted::ScriptedRuntime;
using scripted::TurnScript;
using scripted::World;

inline AgentPolicies helpers() {
    auto agents = load_agent_policies({}).all();
    auto& helper = agents["helper"];
    helper.name = "helper";
    helper.capabilities = {"transcript.upsert", "approval.decide", "turn.steer.create", "queue.enqueue"};
    auto& reader = agents["reader"];
    reader.name = "reader";
    reader.capabilities = {"transcript.upsert"};
    auto& porter = agents["porter"];
    porter.name = "porter";
    porter.capabilities = {"queue.enqueue"};
    return AgentPolicies(std::move(agents));
}

inline std::string intents(const std::string& list) { return R"({"kind":"action_intents","intents":[)" + list + "]}"; }

inline std::string row_intent(const std::string& id, const std::string& content, const std::string& more = "") {
    return R"({"kind":"transcript.upsert","entry":{"messageId":")" + id + R"(","type":"note","content":")" + content + "\"" + more + "}}";
}

/// Instructions for a chat of nobody's project, on the scripted runtime.
struct InstructionRig {
    explicit InstructionRig(TurnScript first = {}, Settings settings = {})
        : script(std::make_shared<TurnScript>(std::move(first))), spine(scripted_runtime(script), std::move(settings), helpers()),
          chat(spine.chat()) {}

    std::shared_ptr<TurnScript> script;
    Spine spine;
    std::string chat;

    ScriptedRuntime& runtime() { return static_cast<ScriptedRuntime&>(*spine.runtime); }
    World& world() { return runtime().world(); }
    std::string owner() const { return "session:" + chat; }

    json::object payload(const std::string& expects, json::object more = {}) {
        json::object payload{{"agent", "helper"},  {"jobKind", "review"},     {"projectId", owner()},
                             {"sourceSessionId", chat}, {"threadId", chat}, {"turnId", "turn_said"},
                             {"instructionText", "Look at the turn."}, {"expectResponse", expects}};
        for (auto& member : more) payload[member.key()] = member.value();
        return payload;
    }
    Result<Enqueued> try_enqueue(json::object payload, std::string lane = "") {
        EnqueueRequest request;
        request.type = "agent_instruction";
        request.owner = lane.empty() ? owner() : lane;
        request.payload = std::move(payload);
        return spine.stage.wait_for(spine.queue->enqueue(std::move(request)));
    }
    Job enqueue(json::object payload) { return try_enqueue(std::move(payload)).value().job; }
    Job end(json::object payload) { return spine.end_of(enqueue(std::move(payload)).id()); }

    std::optional<transcript::Entry> row(const std::string& id) {
        for (const auto& body : spine.bodies(transcript::own_kind, chat))
            if (members::text(body, "messageId") == id) return transcript::entry_from_json(body);
        return {};
    }
    /// As clients read it.
    std::optional<transcript::Entry> shown(const std::string& id) {
        for (const auto& entry : spine.stage.wait_for(spine.sessions->transcript(chat)))
            if (entry.message_id == id) return entry;
        return {};
    }
    json::object target(const std::string& id, json::object more = {}) {
        json::object target{{"messageId", id}, {"type", "note"}};
        for (auto& member : more) target[member.key()] = member.value();
        return target;
    }
    void write_row(const std::string& id, const std::string& content, transcript::Status status) {
        transcript::Entry entry;
        entry.message_id = id;
        entry.turn_id = "turn_said";
        entry.type = "note";
        entry.content = content;
        entry.status = status;
        spine.stage.wait_for(spine.sessions->upsert_entry(chat, entry)).value();
    }
    void signal(const std::string& key, const std::string& status, const std::string& text) {
        SuggestionState state;
        state.session_id = chat;
        state.request_key = key;
        state.status = status;
        if (status == "complete") state.suggestion = text;
        else state.error = text;
        state.source = "worker";
        spine.stage.wait_for(spine.suggestions->upsert(std::move(state))).value();
    }
    std::optional<json::object> suggestion(const std::string& key) {
        for (auto& body : spine.bodies(suggestion_kind, chat))
            if (members::text(body, "requestKey") == key) return body;
        return {};
    }
    const json::object& completion(const Job& job) { return job.result->at("completion").as_object(); }
    const json::object& outcome(const Job& job, std::size_t index) { return job.result->at("intents").as_array().at(index).as_object(); }
    /// A message of the user's whose turn goes on. → its turn
    std::string running_turn() {
        auto before = *script;
        *script = hanging();
        NewMessage message;
        message.text = "Work.";
        auto sent = spine.stage.wait_for(spine.sessions->conversation().send(chat, std::move(message))).value();
        spine.stage.advance(Millis{10});
        *script = before;
        return sent.turn_id;
    }
    std::string ask_approval(const std::string& key, const std::string& turn) {
        auto session = spine.sessions->find(chat);
        json::object params{{"threadId", session->runtime_thread_id}, {"turnId", turn}, {"itemId", "item"}, {"command", "ls"}};
        RuntimeQuestion question;
        question.key = key;
        question.method = "item/commandExecution/requestApproval";
        question.params = std::move(params);
        REQUIRE(runtime().ask(question));
        spine.stage.settle();
        auto waiting = spine.stage.wait_for(spine.questions->waiting(chat, QuestionKind::approval));
        return members::text(waiting.back().as_object(), "approvalId");
    }
    /// A job of action_intents that is not started, as if it were running.
    Job paused_job() {
        spine.stage.wait_for(spine.queue->command_lane(owner(), Queue::LaneCommand::pause)).value();
        auto job = enqueue(payload("action_intents"));
        job.run = 1;
        return job;
    }
    IntentPlan plan_of(const std::vector<std::string>& enqueued) {
        IntentPlan plan;
        plan.run = 1;
        plan.since = spine.stage.time.wall();
        for (const auto& text : enqueued) plan.intents.emplace_back(Intent::Kind::enqueue_job, json::parse(text).as_object());
        plan.outcomes.resize(plan.intents.size());
        return plan;
    }
    CarriedOut carry(const Job& job, const IntentPlan& plan) {
        IntentScope scope;
        scope.project_id = owner();
        scope.session_id = chat;
        auto context = std::make_shared<FakeRunContext>(job, spine.stage.time, runtime(), spine.stage.executor());
        IntentDesk desk(*spine.sessions, *spine.queue, spine.registry, *spine.questions, spine.workers->agents());
        return spine.stage.wait_for(carry_out(desk, context, plan, scope));
    }
    std::size_t jobs_of_type(const std::string& type) {
        JobQuery query;
        query.owner = owner();
        auto page = spine.stage.wait_for(spine.queue->list(query));
        std::size_t count = 0;
        for (const auto& job : page.jobs) count += job.type == type;
        return count;
    }
};

}  // namespace lanekeeper::testing
