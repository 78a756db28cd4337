#include "agents/question.hpp"

#include "base/limits.hpp"
#include "base/members.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace lanekeeper {
namespace {

constexpr std::array<std::pair<std::string_view, QuestionKind>, 6> known{{
    {"item/commandExecution/requestApproval", QuestionKind::approval},
    {"item/fileChange/requestApproval", QuestionKind::approval},
    {"item/permissions/requestApproval", QuestionKind::approval},
    {"mcpServer/elicitation/request", QuestionKind::approval},
    {"item/tool/requestUserInput", QuestionKind::tool_input},
    {"item/tool/call", QuestionKind::tool_call},
}};

constexpr std::size_t paths_in_summary = 3;
constexpr std::array shown_beside = {"threadId", "turnId", "itemId", "questions", "callId", "tool", "arguments"};

std::string first_question(const json::object& params) {
    const auto* questions = members::array(params, "questions");
    const auto* first = questions && !questions->empty() ? questions->front().if_object() : nullptr;
    return first ? members::text(*first, "question") : std::string();
}

/// "change a.txt, b.txt and 3 more"
std::string change_summary(const json::value& changes) {
    std::vector<std::string> paths;
    if (const auto* list = changes.if_array())
        for (const auto& change : *list)
            if (const auto* one = change.if_object()) paths.push_back(members::text(*one, "path"));
    if (paths.empty()) return "change files";
    auto more = paths.size() - std::min(paths.size(), paths_in_summary);
    paths.resize(paths.size() - more);
    auto named = fmt::format("change {}", fmt::join(paths, ", "));
    return more == 0 ? named : fmt::format("{} and {} more", named, more);
}

std::string summary_of(const Question& question) {
    for (auto* name : {"command", "message", "reason", "grantRoot", "tool"}) {
        auto text = members::text(question.params, name);
        if (!text.empty()) return text;
    }
    auto asked = first_question(question.params);
    if (!asked.empty()) return asked;
    return question.method == "item/fileChange/requestApproval" ? change_summary(question.changes) : question.method;
}

json::object details_of(const Question& question) {
    json::object details;
    if (!question.changes.is_null()) details["changes"] = question.changes;
    for (const auto& member : question.params) {
        bool beside = std::find(shown_beside.begin(), shown_beside.end(), member.key()) != shown_beside.end();
        if (!beside && !member.value().is_null()) details[member.key()] = member.value();
    }
    return details;
}

void copy(json::object& to, const json::object& from, const char* name) {
    const auto* value = from.if_contains(name);
    to[name] = value ? *value : json::value();
}

json::value grant(const Question& question, bool accepted, const std::string& scope) {
    const auto* wanted = members::object(question.params, "permissions");
    json::object answer;
    answer["permissions"] = accepted && wanted ? *wanted : json::object();
    answer["scope"] = accepted ? scope : "turn";
    return answer;
}

json::value elicited(const json::object& body, const std::string& decision) {
    json::object answer;
    answer["action"] = decision;
    copy(answer, body, "content");
    return answer;
}

json::value decided(const Question& question, const json::object& body) {
    auto decision = members::text(body, "decision");
    auto scope = members::text_or_nothing(body, "scope").value_or("turn");
    if (question.method == "mcpServer/elicitation/request") return elicited(body, decision);
    if (question.method == "item/permissions/requestApproval") return grant(question, decision == "accept", scope);
    if (decision == "accept" && scope == "session") decision = "acceptForSession";
    json::object answer;
    answer["decision"] = decision;
    return answer;
}

json::value input_given(const json::object& body) {
    const auto* answers = members::object(body, "answers");
    bool given = answers && members::text(body, "decision") == "accept";
    json::object answer;
    answer["answers"] = given ? *answers : json::object();
    return answer;
}

json::value tool_answered(const json::object& body) {
    json::object answer;
    const auto* success = body.if_contains("success");
    answer["success"] = !success || success->get_bool();
    const auto* items = members::array(body, "contentItems");
    json::array content;
    if (items) content = *items;
    auto text = members::text_or_nothing(body, "text");
    if (text) content.push_back(json::object{{"type", "inputText"}, {"text", *text}});
    answer["contentItems"] = std::move(content);
    return answer;
}

}  // namespace

std::optional<QuestionKind> question_kind(std::string_view method) {
    for (const auto& [name, kind] : known)
        if (name == method) return kind;
    return {};
}

std::string_view id_member(QuestionKind kind) { return kind == QuestionKind::approval ? "approvalId" : "requestId"; }

json::object to_json(const Question& question) {
    json::object view;
    view[id_member(question.kind)] = question.id;
    view["method"] = question.method;
    view["threadId"] = question.session_id;
    copy(view, question.params, "turnId");
    copy(view, question.params, "itemId");
    if (question.kind == QuestionKind::tool_input) copy(view, question.params, "questions");
    if (question.kind == QuestionKind::tool_call)
        for (auto* name : {"callId", "tool", "arguments"}) copy(view, question.params, name);
    view["summary"] = summary_of(question);
    view["details"] = details_of(question);
    view["createdAt"] = iso(question.created_at);
    view["status"] = "pending";
    return view;
}

json::object settled_json(const Question& question, std::string_view status, const json::value& decision) {
    json::object view;
    view[id_member(question.kind)] = question.id;
    view["threadId"] = question.session_id;
    copy(view, question.params, "turnId");
    view["status"] = status;
    view["decision"] = decision;
    return view;
}

std::string_view asked_event(QuestionKind kind) {
    if (kind == QuestionKind::approval) return "approval";
    return kind == QuestionKind::tool_input ? "tool_user_input_requested" : "tool_call_requested";
}

std::string_view settled_event(QuestionKind kind) {
    if (kind == QuestionKind::approval) return "approval_resolved";
    return kind == QuestionKind::tool_input ? "tool_user_input_resolved" : "tool_call_resolved";
}

const Schema& approval_decision_body() {
    static const Schema schema = Schema::open_object({
        required("decision", Schema::word({"accept", "decline", "cancel"})),
        optional_field("scope", Schema::word({"turn", "session"})),
    });
    return schema;
}

const Schema& tool_input_decision_body() {
    static const Schema schema = Schema::open_object({
        required("decision", Schema::word({"accept", "decline", "cancel"})),
        optional_field("answers", Schema::open_object({}).described("question id → {answers:[text]}")),
    });
    return schema;
}

const Schema& tool_call_response_body() {
    static const Schema schema = Schema::open_object({
        optional_field("success", Schema::boolean()),
        optional_field("contentItems", Schema::array(Schema::open_object({}), 0, 1000)),
        optional_field("text", Schema::string(0, limits::message_chars)),
    });
    return schema;
}

const Schema& answer_body(QuestionKind kind) {
    if (kind == QuestionKind::approval) return approval_decision_body();
    return kind == QuestionKind::tool_input ? tool_input_decision_body() : tool_call_response_body();
}

json::value answer_to(const Question& question, const json::object& body) {
    switch (question.kind) {
        case QuestionKind::approval: return decided(question, body);
        case QuestionKind::tool_input: return input_given(body);
        case QuestionKind::tool_call: return tool_answered(body);
    }
    return {};
}

}  // namespace lanekeeper
