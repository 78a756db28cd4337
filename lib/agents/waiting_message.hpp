#pragma once
// Private to the conversation: a message that waits for its turn, as the store keeps it.
#include "agents/conversation.hpp"

namespace lanekeeper {

RecordPut put_waiting(const std::string& session_id, const std::string& message_id, const NewMessage& message);
/// A message that the runtime is given: kept until its row is, so that a crash in between does not lose it.
RecordPut put_sent(const std::string& session_id, const std::string& message_id, const NewMessage& message);
NewMessage waiting_from_json(const json::object& object);

}  // namespace lanekeeper
