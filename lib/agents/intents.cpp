#include "agents/intents.hpp"

#include "base/json_read.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "base/text.hpp"
#include "transcript/entry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace lanekeeper {
namespace {

using Kind = Intent::Kind;

constexpr std::array<std::pair<Kind, std::string_view>, 4> kinds{{{Kind::upsert_row, "transcript.upsert"},
                                                                  {Kind::decide_approval, "approval.decide"},
                                                                  {Kind::steer_turn, "turn.steer.create"},
                                                                  {Kind::enqueue_job, "queue.enqueue"}}};

std::optional<Kind> kind_of(std::string_view word) {
    for (const auto& [kind, name] : kinds)
        if (name == word) return kind;
    return {};
}

/// "intents[2].entry.role"
std::string path_text(std::string text, const json::array& path) {
    for (const auto& step : path) {
        if (step.is_string()) text += (text.empty() ? "" : ".") + std::string(step.get_string());
        else text += "[" + json::serialize(step) + "]";
    }
    return text;
}

Problem invalid(const std::string& where, const std::string& rule) {
    return {"intents_invalid", where.empty() ? rule : where + ": " + rule};
}

/// The text inside one code fence, or the text.
std::string_view unfenced(std::string_view text) {
    constexpr std::string_view fence = "```";
    text = trimmed(text);
    if (!text.starts_with(fence)) return text;
    auto line_end = text.find('\n');
    if (line_end == std::string_view::npos || text.size() < line_end + fence.size() || !text.ends_with(fence)) return text;
    text.remove_prefix(line_end + 1);
    text.remove_suffix(fence.size());
    return trimmed(text);
}

const Schema& answer_schema() {
    static const Schema schema = Schema::object({
        required("kind", Schema::word({"action_intents"})),
        required("intents", Schema::array(Schema::open_object({required("kind", Schema::string())}), 1, limits::intents)),
    });
    return schema;
}

std::optional<Problem> check_shape(const Schema& schema, const json::value& value, const std::string& where) {
    auto issues = schema.check(value);
    if (issues.empty()) return {};
    return invalid(path_text(where, issues.front().path), issues.front().message);
}

std::string name_of(std::size_t index) { return fmt::format("intents[{}]", index); }

/// What an entry leaves out follows from the job.
json::object completed_entry(const json::object& given, const IntentScope& scope) {
    json::object entry = given;
    if (!entry.contains("turnId")) entry["turnId"] = scope.turn_id;
    if (!entry.contains("role")) entry["role"] = "system";
    return entry;
}

std::optional<Problem> read_entry(json::object& body, std::size_t index, const IntentScope& scope) {
    auto entry = completed_entry(body.at("entry").as_object(), scope);
    auto row = transcript::read_upsert(entry, 0);
    if (row) {
        body["entry"] = std::move(entry);
        return {};
    }
    auto problem = row.error();  // by value: not every Boost returns a reference
    const auto& issue = problem.issues.front();
    return invalid(path_text(name_of(index) + ".entry", issue.path), issue.message);
}

Result<Intent> read_one(const json::object& given, std::size_t index, const IntentScope& scope) {
    auto kind = kind_of(members::text(given, "kind"));
    if (!kind) return invalid(name_of(index) + ".kind", "must be one of transcript.upsert, approval.decide, turn.steer.create, queue.enqueue");
    if (auto wrong = check_shape(intent_schema(*kind), given, name_of(index))) return *wrong;
    Intent intent(*kind, given);
    if (*kind == Kind::upsert_row)
        if (auto wrong = read_entry(intent.body, index, scope)) return *wrong;
    return intent;
}

/// Nothing, or the member of `from` that names something else than the job's own.
std::optional<std::string> strays(const json::object& from, const IntentScope& scope) {
    const std::array<std::pair<std::string_view, const std::string*>, 5> own{{{"projectId", &scope.project_id},
                                                                              {"sessionId", &scope.session_id},
                                                                              {"sourceSessionId", &scope.session_id},
                                                                              {"threadId", &scope.thread_id},
                                                                              {"turnId", &scope.turn_id}}};
    for (const auto& [name, value] : own)
        if (auto* member = from.if_contains(name); member && *member != json::value(*value)) return std::string(name);
    return {};
}

std::optional<Problem> check_place(const json::object& from, std::size_t index, const std::string& prefix,
                                   const IntentScope& scope) {
    auto member = strays(from, scope);
    if (!member) return {};
    return intent_refused("intents_out_of_scope", index, prefix + *member, "must be the job's own");
}

std::optional<Problem> check_scope(const Intent& intent, std::size_t index, const IntentScope& scope) {
    if (auto wrong = check_place(intent.body, index, "", scope)) return wrong;
    if (intent.kind == Kind::enqueue_job) return check_place(intent.body.at("payload").as_object(), index, "payload.", scope);
    if (intent.kind != Kind::upsert_row) return {};
    const auto& entry = intent.body.at("entry").as_object();
    if (members::text(entry, "role") == "user")
        return intent_refused("intents_out_of_scope", index, "entry.role", "an agent does not write in a user's name");
    return check_place(entry, index, "entry.", scope);
}

std::optional<Problem> check_allowed(const Intent& intent, std::size_t index, const IntentScope& scope) {
    auto word = std::string(to_word(intent.kind));
    if (scope.capabilities.contains(word)) return {};
    return intent_refused("intents_not_allowed", index, "kind", "the agent " + scope.agent + " does not declare " + word);
}

Schema upsert_row_schema() {
    auto entry = Schema::open_object({
        required("messageId", Schema::line(1, limits::thread_id_chars)),
        optional_field("turnId", Schema::line(1, limits::thread_id_chars)),
        optional_field("role", Schema::word({"assistant", "system", "user"}).described("system when absent; user is refused")),
        required("type", Schema::line(1, limits::setting_key_chars)),
        required("content", Schema::string()),
    });
    return Schema::object({required("kind", Schema::word({"transcript.upsert"})),
                           optional_field("sessionId", Schema::string()),
                           required("entry", entry.described("as the route transcript/upsert takes it"))});
}

Schema decide_approval_schema() {
    return Schema::object({
        required("kind", Schema::word({"approval.decide"})),
        optional_field("sessionId", Schema::string()),
        optional_field("turnId", Schema::string()),
        required("approvalId", Schema::line(1, limits::thread_id_chars)),
        required("decision", Schema::word({"accept", "decline", "cancel"})),
        optional_field("scope", Schema::word({"turn", "session"})),
    });
}

Schema steer_turn_schema() {
    return Schema::object({
        required("kind", Schema::word({"turn.steer.create"})),
        optional_field("sessionId", Schema::string()),
        optional_field("turnId", Schema::string()),
        required("input", Schema::string(1, limits::message_chars)),
    });
}

Schema enqueue_job_schema() {
    return Schema::object({
        required("kind", Schema::word({"queue.enqueue"})),
        required("type", Schema::line(1, 128)),
        optional_field("projectId", Schema::string()),
        optional_field("sourceSessionId", Schema::string()),
        required("payload", Schema::open_object({})),
    });
}

}  // namespace

std::string_view to_word(Intent::Kind kind) { return kinds[std::size_t(kind)].second; }

std::vector<Intent::Kind> intent_kinds() {
    return {Kind::upsert_row, Kind::decide_approval, Kind::steer_turn, Kind::enqueue_job};
}

const Schema& intent_schema(Intent::Kind kind) {
    static const std::array<Schema, 4> schemas{upsert_row_schema(), decide_approval_schema(), steer_turn_schema(),
                                               enqueue_job_schema()};
    return schemas[std::size_t(kind)];
}

Problem intent_refused(std::string code, std::size_t index, std::string_view member, std::string_view rule) {
    return {std::move(code), fmt::format("{}.{}: {}", name_of(index), member, rule)};
}

Result<std::vector<Intent>> read_intents(std::string_view answer, const IntentScope& scope) {
    if (answer.size() > limits::intents_bytes) return invalid("", fmt::format("more than {} bytes", limits::intents_bytes));
    auto document = read_json(unfenced(answer));
    if (!document) return invalid("", "the answer is not JSON: " + document.error().message);
    if (auto wrong = check_shape(answer_schema(), *document, "")) return *wrong;
    std::vector<Intent> intents;
    const auto& given = document->as_object().at("intents").as_array();
    for (std::size_t i = 0; i < given.size(); ++i) {
        auto intent = read_one(given[i].as_object(), i, scope);
        if (!intent) return intent.error();
        intents.push_back(std::move(*intent));
    }
    for (std::size_t i = 0; i < intents.size(); ++i)
        if (auto refused = check_allowed(intents[i], i, scope)) return *refused;
    for (std::size_t i = 0; i < intents.size(); ++i)
        if (auto refused = check_scope(intents[i], i, scope)) return *refused;
    return intents;
}

std::string describe_intents(const IntentScope& scope) {
    auto allowed = [&](Kind kind) { return scope.capabilities.contains(std::string(to_word(kind))); };
    std::string text = fmt::format(
        "Answer with one JSON object and nothing else: {{\"kind\":\"action_intents\",\"intents\":[…]}}, 1 to {} intents. They "
        "concern the turn {} of the session {} alone. Each is one of these:",
        limits::intents, scope.turn_id, scope.session_id);
    if (allowed(Kind::upsert_row))
        text += "\n{\"kind\":\"transcript.upsert\",\"entry\":{\"messageId\":…,\"type\":…,\"content\":…,\"status\":\"complete\"}} "
                "writes a row";
    if (allowed(Kind::decide_approval))
        text += "\n{\"kind\":\"approval.decide\",\"approvalId\":…,\"decision\":\"accept\"|\"decline\"|\"cancel\"} decides what waits";
    if (allowed(Kind::steer_turn)) text += "\n{\"kind\":\"turn.steer.create\",\"input\":…} adds a text to the turn";
    if (allowed(Kind::enqueue_job)) text += "\n{\"kind\":\"queue.enqueue\",\"type\":…,\"payload\":{…}} enqueues a job";
    return text;
}

}  // namespace lanekeeper
