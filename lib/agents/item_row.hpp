#pragma once
#include "agents/notice.hpp"
#include "transcript/entry.hpp"

namespace lanekeeper {

/// The base row of an item (api.md 6): what it says as content, its other members as details. An item that has started
/// is streaming; a completed one is complete, or error or canceled where its own status says so.
transcript::Entry item_row(const NoticeFacts& facts, std::int64_t now_ms);

/// What closes the row of an item that its turn left open: only status, end and the text that had come by then.
transcript::Entry closing_row(const std::string& turn_id, const std::string& item_id, std::string text_so_far,
                              const std::string& turn_status, std::int64_t now_ms);

}  // namespace lanekeeper
