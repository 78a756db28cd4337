#include "agents/intents.hpp"

#include "base/limits.hpp"
#include "base/members.hpp"
#include "support/catch.hpp"

#include <fmt/format.h>

using namespace lanekeeper;

namespace {

IntentScope scope() {
    IntentScope scope;
    scope.project_id = "p";
    scope.session_id = "chat";
    scope.thread_id = "thread";
    scope.turn_id = "turn";
    scope.agent = "helper";
    scope.capabilities = {"transcript.upsert", "approval.decide", "turn.steer.create", "queue.enqueue"};
    return scope;
}

std::string answer(const std::string& intents) { return R"({"kind":"action_intents","intents":[)" + intents + "]}"; }

const char* const row = R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"note","content":"hello"}})";

std::string refusal(const std::string& text) {
    auto read = read_intents(text, scope());
    return read ? "accepted" : read.error().code + " | " + read.error().message;
}

struct Bad {
    const char* answer;
    const char* code;
    const char* says;
};

std::string with(const char* intent) { return answer(std::string(row) + "," + intent); }

// Whole answers.
const Bad bad_answers[] = {
    {"", "intents_invalid", "not JSON"},
    {"I did it.", "intents_invalid", "not JSON"},
    {"{\"kind\":\"action_intents\",\"intents\":[", "intents_invalid", "not JSON"},
    {"{} {}", "intents_invalid", "not JSON"},
    {"[]", "intents_invalid", "object"},
    {"null", "intents_invalid", "object"},
    {"{}", "intents_invalid", "kind"},
    {R"({"kind":"action_intents"})", "intents_invalid", "intents"},
    {R"({"kind":"actions","intents":[{"kind":"x"}]})", "intents_invalid", "kind"},
    {R"({"kind":"action_intents","intents":[]})", "intents_invalid", "intents"},
    {R"({"kind":"action_intents","intents":{}})", "intents_invalid", "intents"},
    {R"({"kind":"action_intents","intents":[1]})", "intents_invalid", "intents[0]"},
    {R"({"kind":"action_intents","intents":[{}]})", "intents_invalid", "intents[0].kind"},
    {R"({"kind":"action_intents","intents":[{"kind":7}]})", "intents_invalid", "intents[0].kind"},
    {R"({"kind":"action_intents","kind":"action_intents","intents":[{"kind":"x"}]})", "intents_invalid", "not JSON"},
    {R"({"kind":"action_intents","intents":[{"kind":"x"}],"note":"hi"})", "intents_invalid", "note"},
};

// A second intent beside a good one.
const Bad bad_intents[] = {
    {R"({"kind":"transcript.delete"})", "intents_invalid", "intents[1].kind"},
    {R"({"kind":"Transcript.Upsert"})", "intents_invalid", "intents[1].kind"},
    {R"({"kind":"transcript.upsert"})", "intents_invalid", "intents[1].entry"},
    {R"({"kind":"transcript.upsert","entry":"hello"})", "intents_invalid", "intents[1].entry"},
    {R"({"kind":"transcript.upsert","entry":{"type":"t","content":"c"}})", "intents_invalid", "intents[1].entry.messageId"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"","type":"t","content":"c"}})", "intents_invalid", "entry.messageId"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","content":"c"}})", "intents_invalid", "intents[1].entry.type"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"t"}})", "intents_invalid", "intents[1].entry.content"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"t","content":1}})", "intents_invalid", "entry.content"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"t","content":"c","status":"done"}})", "intents_invalid", "entry.status"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"t","content":"c","role":"boss"}})", "intents_invalid", "entry.role"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"t","content":"c","details":"[1]"}})", "intents_invalid", "entry.details"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","type":"t","content":"c","colour":"red"}})", "intents_invalid", "entry.colour"},
    {R"({"kind":"transcript.upsert","row":{},"entry":{"messageId":"m","type":"t","content":"c"}})", "intents_invalid", "intents[1].row"},
    {R"({"kind":"approval.decide","decision":"accept"})", "intents_invalid", "intents[1].approvalId"},
    {R"({"kind":"approval.decide","approvalId":"a"})", "intents_invalid", "intents[1].decision"},
    {R"({"kind":"approval.decide","approvalId":"a","decision":"yes"})", "intents_invalid", "intents[1].decision"},
    {R"({"kind":"approval.decide","approvalId":"a","decision":"accept","scope":"ever"})", "intents_invalid", "intents[1].scope"},
    {R"({"kind":"turn.steer.create"})", "intents_invalid", "intents[1].input"},
    {R"({"kind":"turn.steer.create","input":""})", "intents_invalid", "intents[1].input"},
    {R"({"kind":"queue.enqueue","payload":{}})", "intents_invalid", "intents[1].type"},
    {R"({"kind":"queue.enqueue","type":"noop"})", "intents_invalid", "intents[1].payload"},
    {R"({"kind":"queue.enqueue","type":"noop","payload":[]})", "intents_invalid", "intents[1].payload"},
    {R"({"kind":"transcript.upsert","sessionId":"x","entry":{"messageId":"m","type":"t","content":"c"}})", "intents_out_of_scope", "intents[1].sessionId"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","turnId":"x","type":"t","content":"c"}})", "intents_out_of_scope", "intents[1].entry.turnId"},
    {R"({"kind":"transcript.upsert","entry":{"messageId":"m","role":"user","type":"t","content":"c"}})", "intents_out_of_scope", "intents[1].entry.role"},
    {R"({"kind":"approval.decide","sessionId":"x","approvalId":"a","decision":"accept"})", "intents_out_of_scope", "intents[1].sessionId"},
    {R"({"kind":"approval.decide","turnId":"x","approvalId":"a","decision":"accept"})", "intents_out_of_scope", "intents[1].turnId"},
    {R"({"kind":"turn.steer.create","turnId":"x","input":"go"})", "intents_out_of_scope", "intents[1].turnId"},
    {R"({"kind":"turn.steer.create","sessionId":"x","input":"go"})", "intents_out_of_scope", "intents[1].sessionId"},
    {R"({"kind":"queue.enqueue","projectId":"x","type":"noop","payload":{}})", "intents_out_of_scope", "intents[1].projectId"},
    {R"({"kind":"queue.enqueue","sourceSessionId":"x","type":"noop","payload":{}})", "intents_out_of_scope", "intents[1].sourceSessionId"},
    {R"({"kind":"queue.enqueue","type":"noop","payload":{"projectId":"x"}})", "intents_out_of_scope", "intents[1].payload.projectId"},
    {R"({"kind":"queue.enqueue","type":"noop","payload":{"sessionId":"x"}})", "intents_out_of_scope", "intents[1].payload.sessionId"},
    {R"({"kind":"queue.enqueue","type":"noop","payload":{"turnId":5}})", "intents_out_of_scope", "intents[1].payload.turnId"},
    {R"({"kind":"queue.enqueue","type":"noop","payload":{"threadId":"x"}})", "intents_out_of_scope", "intents[1].payload.threadId"},
};

}  // namespace

TEST_CASE("an answer of intents is read whole, and what it leaves out follows from the job") {
    auto read = read_intents(answer(std::string(row) + R"(,{"kind":"approval.decide","approvalId":"a","decision":"decline","scope":"turn"},
        {"kind":"turn.steer.create","turnId":"turn","input":"faster"},
        {"kind":"queue.enqueue","type":"noop","projectId":"p","payload":{"sleepMs":1,"threadId":"thread"}})"), scope());
    REQUIRE(read.has_value());
    REQUIRE(read->size() == 4);
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK((*read)[i].kind == intent_kinds()[i]);
        CHECK(to_word((*read)[i].kind) == members::text((*read)[i].body, "kind"));
    }
    const auto& entry = (*read)[0].body.at("entry").as_object();
    CHECK(members::text(entry, "turnId") == "turn");
    CHECK(members::text(entry, "role") == "system");
}

TEST_CASE("one code fence around an answer of intents is tolerated, and no more") {
    CHECK(refusal("  " + answer(row) + "\n") == "accepted");
    CHECK(refusal("```json\n" + answer(row) + "\n```") == "accepted");
    CHECK(refusal("\n```\n" + answer(row) + "\n```  \n") == "accepted");
    CHECK(refusal("```\n```json\n" + answer(row) + "\n```\n```").find("not JSON") != std::string::npos);
    CHECK(refusal("Here it is:\n```json\n" + answer(row) + "\n```").find("not JSON") != std::string::npos);
    CHECK(refusal("```json\n" + answer(row)).find("not JSON") != std::string::npos);
    CHECK(refusal("```").find("not JSON") != std::string::npos);
}

TEST_CASE("an answer that is no answer of intents is refused and says why") {
    for (const auto& bad : bad_answers) {
        auto said = refusal(bad.answer);
        INFO(bad.answer << " → " << said);
        CHECK(said.find(bad.code) == 0);
        CHECK(said.find(bad.says) != std::string::npos);
    }
}

TEST_CASE("an intent that is malformed or out of its job's scope is refused by its place, its member and the rule") {
    for (const auto& bad : bad_intents) {
        auto said = refusal(with(bad.answer));
        INFO(bad.answer << " → " << said);
        CHECK(said.find(bad.code) == 0);
        CHECK(said.find(bad.says) != std::string::npos);
    }
}

TEST_CASE("an agent's intents are of the kinds that it declares") {
    for (auto kind : intent_kinds()) {
        auto narrow = scope();
        narrow.capabilities.erase(std::string(to_word(kind)));
        const std::string all = answer(std::string(row) + R"(,{"kind":"approval.decide","approvalId":"a","decision":"accept"},
            {"kind":"turn.steer.create","input":"go"},{"kind":"queue.enqueue","type":"noop","payload":{}})");
        CHECK(read_intents(all, scope()).has_value());
        auto read = read_intents(all, narrow);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().code == "intents_not_allowed");
        CHECK(read.error().message == fmt::format("intents[{}].kind: the agent helper does not declare {}", int(kind), to_word(kind)));
    }
}

TEST_CASE("intents are bounded in number and size") {
    std::string many = row;
    for (std::size_t i = 1; i < limits::intents; ++i) many += std::string(",") + row;
    CHECK(refusal(answer(many)) == "accepted");
    CHECK(refusal(answer(many + "," + row)).find("intents_invalid | intents: ") == 0);
    auto large = fmt::format(R"({{"kind":"turn.steer.create","input":"{}"}})", std::string(limits::intents_bytes, 'x'));
    CHECK(refusal(answer(large)).find("bytes") != std::string::npos);
}

TEST_CASE("an agent is told the kinds that it may use, and the turn that they are about") {
    auto narrow = scope();
    narrow.capabilities = {"turn.steer.create"};
    auto text = describe_intents(narrow);
    CHECK(text.find("turn.steer.create") != std::string::npos);
    CHECK(text.find("queue.enqueue") == std::string::npos);
    CHECK(text.find("approval.decide") == std::string::npos);
    CHECK(text.find("turn turn of the session chat") != std::string::npos);
}
