#pragma once
#include "agents/session_core.hpp"

#include <string>
#include <vector>

namespace lanekeeper {

// Threads that the runtime knows and our store does not: made by another program on the same runtime's home. They show
// in the list of chats, and become chats of the store when they are first used. A runtime without such threads, one that
// is away and one that does not answer in time have none.

inline constexpr std::size_t guests_max = 500;         // the newest; older ones are not listed
inline constexpr std::size_t guest_rows_max = 1000;    // of an adopted thread's earlier turns

/// Each once, none of ours, hidden or deleted ones included; in no order.
Task<std::vector<session::Session>> list_guests(SessionCore& core, bool archived);

/// Records a guest as a user's chat, with what was said in it, in one commit. False: there is no such thread, or it is
/// not a guest. The caller holds the chat's lock.
Task<bool> adopt_guest(SessionCore& core, std::string thread_id);

}  // namespace lanekeeper
