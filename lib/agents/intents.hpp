#pragma once
#include "base/error.hpp"
#include "base/schema.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lanekeeper {

/// One thing that an agent's answer asks for (runtime.md 3, action_intents).
struct Intent {
    enum class Kind { upsert_row, decide_approval, steer_turn, enqueue_job };
    Intent() = default;
    Intent(Kind kind_, json::object body_) : kind(kind_), body(std::move(body_)) {}
    Kind kind = Kind::upsert_row;
    /// As `intent_schema` has it. A row is complete: it names the turn and a role.
    json::object body;
};

std::string_view to_word(Intent::Kind kind);  // transcript.upsert, approval.decide, turn.steer.create, queue.enqueue
std::vector<Intent::Kind> intent_kinds();

/// What one intent of a kind looks like.
const Schema& intent_schema(Intent::Kind kind);

/// What a job's intents may be about: its own project, chat and turn, and what its agent declares.
struct IntentScope {
    IntentScope() = default;
    std::string project_id;
    std::string session_id;
    std::string thread_id;
    std::string turn_id;
    std::string agent;
    std::set<std::string> capabilities;  // kinds
};

/// Reads an answer {kind:"action_intents", intents:[1..32]}; one code fence around it is tolerated. All of it or nothing:
/// - intents_invalid: not JSON, or not of that shape;
/// - intents_not_allowed: a kind that the agent does not declare;
/// - intents_out_of_scope: another project, chat or turn, or a row in a user's name.
/// The message names the intent, the member and the rule, as in "intents[2].entry.role: must be …". Pure.
Result<std::vector<Intent>> read_intents(std::string_view answer, const IntentScope& scope);

/// A refusal of the intent at this index.
Problem intent_refused(std::string code, std::size_t index, std::string_view member, std::string_view rule);

/// For an agent's prompt: which form its answer must have, and what it may name.
std::string describe_intents(const IntentScope& scope);

}  // namespace lanekeeper
