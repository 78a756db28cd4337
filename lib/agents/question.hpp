#pragma once
#include "base/error.hpp"
#include "base/schema.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper {

/// The three lists of api.md 4: approvals, tool input, tool calls.
enum class QuestionKind { approval, tool_input, tool_call };

/// Nothing for a method that asks nothing of people.
std::optional<QuestionKind> question_kind(std::string_view method);

/// Something that a runtime asks of people and that waits.
struct Question {
    Question() = default;
    std::string id;   // ours, never used again
    std::string key;  // the runtime's
    QuestionKind kind = QuestionKind::approval;
    std::string session_id;
    std::string method;
    json::object params;
    json::value changes;  // RuntimeQuestion::changes
    WallTime created_at{};
};

/// `approvalId` or `requestId`.
std::string_view id_member(QuestionKind kind);
/// As lists and events show it, with status "pending".
json::object to_json(const Question& question);
/// {<id>, threadId, turnId, status, decision|null}: how it ended, for whom it does not wait any more.
json::object settled_json(const Question& question, std::string_view status, const json::value& decision);
std::string_view asked_event(QuestionKind kind);    // approval, …
std::string_view settled_event(QuestionKind kind);  // approval_resolved, …

/// The bodies of the three routes.
const Schema& approval_decision_body();
const Schema& tool_input_decision_body();
const Schema& tool_call_response_body();

/// The one of a kind.
const Schema& answer_body(QuestionKind kind);

/// A body that its schema accepts, in the runtime's terms. An approval for the session is one for all that is alike until
/// the session's end.
json::value answer_to(const Question& question, const json::object& body);

}  // namespace lanekeeper
