#pragma once
#include "agents/turn_log.hpp"
#include "session/session.hpp"
#include "transcript/entry.hpp"

#include <optional>
#include <vector>

namespace lanekeeper {

// What a runtime says of a thread, in the shape of its lists, read as what we keep of chats.

/// A thread as the chat that it would be here: its name or the beginning of its first message as title. Nothing for
/// threads that are no person's chat (parts of another thread's work, ephemeral ones) or that this daemon made: those
/// are in the store, or were meant to be hidden or gone.
std::optional<session::Session> guest_session(const json::object& thread, const session::Controls& controls);

/// What was said in a thread before we knew it.
struct GuestHistory {
    GuestHistory() = default;
    std::vector<TurnRecord> turns;           // oldest first, ended
    std::vector<transcript::Entry> rows;     // in their order, closed
};

/// Of turns with all their items, newest first; rows over `rows_max` are left out, whole turns at a time, oldest first.
GuestHistory guest_history(const std::vector<json::object>& turns, std::size_t rows_max);

}  // namespace lanekeeper
