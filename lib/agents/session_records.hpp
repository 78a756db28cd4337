#pragma once
// Private to the session services: how sessions stand in the store and on the wire.
#include "agents/turn_log.hpp"
#include "agents/turn_tracker.hpp"
#include "job/effects.hpp"
#include "session/session.hpp"

#include <optional>
#include <vector>

namespace lanekeeper {

/// {id, name, modelProvider, cwd, source, createdAt, updatedAt, status, activeTurnId, turns}.
json::object render_thread(const session::Session& session, const std::vector<TurnRecord>& turns,
                           const std::optional<TurnTracker::Active>& active);

/// Everything that is kept under a session's id, gone.
void delete_rows(Effects& effects, const std::string& session_id);

/// A tombstone that remembers that what a job left behind after the deletion has yet to be removed: at the next start.
RecordPut put_tombstone(const session::Tombstone& stone, bool purged);
bool is_purged(const json::object& stone);
/// Removes what was left behind.
void purge_session(Effects& effects, const session::Tombstone& stone);

/// `session_project_updated`, `session_deleted`: broadcasts.
EventDraft project_updated_event(const std::string& session_id, const std::optional<std::string>& project_id,
                                 const std::optional<std::string>& previous);
EventDraft deleted_event(const session::Tombstone& stone);

/// Users' messages of a chat: kind, scope = session id, key = message id. One is under the first or the second until the
/// commit of its row, which moves it to the third.
inline constexpr std::string_view waiting_message_kind = "message.waiting";
inline constexpr std::string_view sent_message_kind = "message.sent";  // given to the runtime
inline constexpr std::string_view begun_message_kind = "message.turn";  // {turnId}; kept longer than any key of a request

/// The message has its row.
void message_began(Effects& effects, const std::string& session_id, const std::string& message_id,
                   const std::string& turn_id, WallTime now);

}  // namespace lanekeeper
