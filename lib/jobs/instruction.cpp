#include "jobs/instruction.hpp"

#include "base/limits.hpp"
#include "base/members.hpp"
#include "jobs/schemas.hpp"

namespace lanekeeper {
namespace {

constexpr std::size_t kind_chars = 128;
constexpr std::size_t dedupe_key_chars = 512;
constexpr std::size_t target_chars = 10'000;
constexpr std::size_t longest_text = 100'000;

Schema line_id() { return Schema::line(1, limits::thread_id_chars); }

Schema bootstrap_schema() {
    return Schema::object({
        required("key", line_id()),
        required("instructionText", Schema::string(1, limits::instruction_chars)),
    });
}

Schema target_schema() {
    return Schema::object({
        required("messageId", line_id()),
        required("type", Schema::line(1, limits::setting_key_chars)),
        optional_field("placeholderTexts", Schema::array(Schema::string(0, target_chars), 0, 8)
                                               .described("while it is queued; while it runs; the first serves for both")),
        optional_field("completeFallback", Schema::string(0, target_chars)),
        optional_field("errorFallback", Schema::string(0, target_chars)),
        optional_field("canceledFallback", Schema::string(0, target_chars)),
    });
}

Schema signal_schema() {
    return Schema::object({
        required("kind", Schema::word({"suggested_request"})),
        required("requestKey", line_id().described("the job is done when this request of the chat is complete, or an error")),
    });
}

SupplementalTarget read_target(const json::object& given) {
    SupplementalTarget target;
    target.message_id = members::text(given, "messageId");
    target.type = members::text(given, "type");
    target.queued_text = "Waiting.";
    target.started_text = "Working.";
    const auto* texts = members::array(given, "placeholderTexts");
    if (texts && !texts->empty()) {
        target.queued_text = std::string(texts->front().as_string());
        target.started_text = std::string(texts->at(texts->size() > 1 ? 1 : 0).as_string());
    }
    target.complete_text = members::text_or_nothing(given, "completeFallback");
    target.error_text = members::text_or_nothing(given, "errorFallback");
    target.canceled_text = members::text_or_nothing(given, "canceledFallback");
    return target;
}

ExpectedResponse read_expected(const std::string& word) {
    if (word == "assistant_text") return ExpectedResponse::assistant_text;
    return word == "action_intents" ? ExpectedResponse::action_intents : ExpectedResponse::none;
}

Schema outcome_schema() {
    return Schema::open_object({
        required("kind", Schema::word({"transcript.upsert", "approval.decide", "turn.steer.create", "queue.enqueue"})),
        required("status", Schema::string(1, 40).described(
                               "applied, performed, enqueued, already_queued; or why the runtime did not take it: "
                               "already_resolved, not_found, not_eligible, conflict …; unknown: it was asked before a crash")),
    });
}

Schema completion_schema() {
    return Schema::object({
        required("requestKey", line_id()),
        required("status", Schema::word({"complete", "error"})),
        required("by", Schema::word({"signal", "intent", "fallback"})),
        required("suggestion", Schema::string(0, limits::suggestion_chars).nullable()),
        required("source", Schema::string(0, 40).nullable()),
        required("error", Schema::string(0, limits::job_error_chars).nullable()),
    });
}

}  // namespace

Schema instruction_payload_schema() {
    return Schema::object({
        required("agent", Schema::pattern("[a-z0-9_-]{1,64}", "must be 1 to 64 of a-z 0-9 _ -").described("names its policy")),
        required("jobKind", Schema::line(1, kind_chars).described("what the job is about, in the words of who sends it")),
        required("projectId", line_id().described("the owner of the lane: the chat's project, or session:<sessionId>")),
        required("sourceSessionId", line_id().described("the chat that it works for")),
        required("threadId", line_id()),
        required("turnId", line_id().described("the turn that it is about")),
        optional_field("itemId", line_id()),
        optional_field("anchorItemId", line_id().described("the row that this job's rows stand behind; else itemId's")),
        required("instructionText", Schema::string(1, limits::instruction_chars)),
        optional_field("bootstrapInstruction", bootstrap_schema().described("given to the worker once per key, before the instruction")),
        optional_field("dedupeKey", Schema::line(1, dedupe_key_chars).described("else <projectId>:<threadId>:<turnId>:<jobKind>")),
        optional_field("model", Schema::line(1, 200)),
        optional_field("effort", Schema::line(1, 40)),
        required("expectResponse", Schema::word({"none", "assistant_text", "action_intents"})),
        optional_field("supplementalTargets", Schema::array(target_schema(), 0, limits::supplemental_targets)),
        optional_field("completionSignal", signal_schema()),
        optional_field("fallbackSuggestionDraft", Schema::string(0, limits::draft_chars)),
    });
}

Schema instruction_result_schema() {
    return Schema::object({
        required("expectResponse", Schema::word({"none", "assistant_text", "action_intents"})),
        required("source", Schema::string(1, 40).nullable().described("the runtime that answered; null: no turn was needed, or none ended")),
        optional_field("text", Schema::string(0, longest_text).described("Markdown; what the row agent-job-output::<jobId> says")),
        optional_field("intents", Schema::array(outcome_schema(), 0, limits::intents).described("how each went, in order")),
        optional_field("completion", completion_schema()),
    });
}

Instruction read_instruction(const json::object& payload) {
    Instruction read;
    read.agent = members::text(payload, "agent");
    read.job_kind = members::text(payload, "jobKind");
    read.project_id = members::text(payload, "projectId");
    read.session_id = members::text(payload, "sourceSessionId");
    read.thread_id = members::text(payload, "threadId");
    read.turn_id = members::text(payload, "turnId");
    read.text = members::text(payload, "instructionText");
    read.anchor = members::text_or_nothing(payload, "anchorItemId");
    if (!read.anchor) read.anchor = members::text_or_nothing(payload, "itemId");
    if (const auto* bootstrap = members::object(payload, "bootstrapInstruction")) {
        read.bootstrap_key = members::text(*bootstrap, "key");
        read.bootstrap_text = members::text(*bootstrap, "instructionText");
    }
    read.model = members::text_or_nothing(payload, "model");
    read.effort = members::text_or_nothing(payload, "effort");
    read.draft = members::text_or_nothing(payload, "fallbackSuggestionDraft");
    read.expects = read_expected(members::text(payload, "expectResponse"));
    if (const auto* targets = members::array(payload, "supplementalTargets"))
        for (const auto& target : *targets) read.targets.push_back(read_target(target.as_object()));
    if (const auto* signal = members::object(payload, "completionSignal")) read.request_key = members::text(*signal, "requestKey");
    return read;
}

std::optional<std::string> instruction_dedupe_key(const json::object& payload) {
    auto own = members::text_or_nothing(payload, "dedupeKey");
    if (own) return own;
    return members::text(payload, "projectId") + ":" + members::text(payload, "threadId") + ":" +
           members::text(payload, "turnId") + ":" + members::text(payload, "jobKind");
}

}  // namespace lanekeeper
