#include "agents/session_records.hpp"

#include "agents/session_core.hpp"
#include "agents/suggestion_state.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {

json::object render_thread(const session::Session& session, const std::vector<TurnRecord>& turns,
                           const std::optional<TurnTracker::Active>& active) {
    json::array list;
    for (const auto& turn : turns) list.emplace_back(to_json(turn));
    bool has_turn = active && !active->turn_id.empty();
    return {{"id", session.id},
            {"name", session.title},
            {"modelProvider", session.model_provider},
            {"cwd", members::or_null(session.cwd)},
            {"source", session.source},
            {"createdAt", to_ms(session.created_at) / 1000},
            {"updatedAt", to_ms(session.updated_at) / 1000},
            {"status", {{"type", active ? "active" : "idle"}}},
            {"activeTurnId", has_turn ? json::value(active->turn_id) : json::value()},
            {"turns", std::move(list)}};
}

void delete_rows(Effects& effects, const std::string& session_id) {
    for (auto kind : {transcript::base_kind, transcript::own_kind, turn_kind, open_turn_kind, open_question_kind, waiting_message_kind,
                      sent_message_kind, begun_message_kind, suggestion_kind})
        effects.deletes.emplace_back(std::string(kind), session_id);
}

void message_began(Effects& effects, const std::string& session_id, const std::string& message_id,
                   const std::string& turn_id, WallTime now) {
    for (auto kind : {waiting_message_kind, sent_message_kind})
        effects.deletes.emplace_back(std::string(kind), session_id, message_id);
    RecordPut put(std::string(begun_message_kind), session_id, message_id, json::object{{"turnId", turn_id}});
    put.expires_at = now + 2 * limits::idempotency_keep;
    effects.puts.push_back(std::move(put));
}

RecordPut put_tombstone(const session::Tombstone& stone, bool purged) {
    auto body = session::to_json(stone);
    body["purged"] = purged;
    return {std::string(tombstone_kind), "", stone.id, std::move(body)};
}

bool is_purged(const json::object& stone) { return members::flag(stone, "purged"); }

void purge_session(Effects& effects, const session::Tombstone& stone) {
    delete_rows(effects, stone.id);
    effects.puts.push_back(put_tombstone(stone, true));
}

EventDraft project_updated_event(const std::string& session_id, const std::optional<std::string>& project_id,
                                 const std::optional<std::string>& previous) {
    json::object payload{{"sessionId", session_id},
                         {"projectId", members::or_null(project_id)},
                         {"previousProjectId", members::or_null(previous)}};
    return {"session_project_updated", session_id, std::move(payload), Audience::broadcast};
}

EventDraft deleted_event(const session::Tombstone& stone) {
    json::object payload{{"sessionId", stone.id}, {"title", stone.title}, {"deletedAt", iso(stone.deleted_at)}};
    return {"session_deleted", stone.id, std::move(payload), Audience::broadcast};
}

}  // namespace lanekeeper
