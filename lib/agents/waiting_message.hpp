#pragma once
// Private to the conversation: a message that waits for its turn, as the store keeps it.
#include "agents/conversation.hpp"
#include "transcript/rows.hpp"

#include <exception>

namespace lanekeeper {

/// `unsure`: the runtime may have it already, which has to be asked first.
RecordPut put_waiting(const std::string& session_id, const std::string& message_id, const NewMessage& message,
                      bool unsure = false);
bool is_unsure(const json::object& waiting);
/// A message that the runtime is given: kept until its row is, so that a crash in between does not lose it.
RecordPut put_sent(const std::string& session_id, const std::string& message_id, const NewMessage& message);
NewMessage waiting_from_json(const json::object& object);

/// The row of a message that no item of the runtime shows: complete, and written now.
transcript::Entry message_row(const std::string& message_id, const std::string& turn_id, const std::string& text, WallTime now);

/// Whether the runtime may have a text although giving it failed so: it died over it, or was silent.
bool is_unsure(const std::exception_ptr& failure);

}  // namespace lanekeeper
