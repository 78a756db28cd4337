#pragma once
#include "runtime/codex/call_book.hpp"
#include "runtime/runtime.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lanekeeper::codex {

// What the app server's replies say. Members that are missing read as nothing.

/// {thread:{id}} of start, fork, resume. Empty when there is none.
std::string thread_id_of(const json::value& result);
/// {turn:{id}} of turn/start.
std::string turn_id_of(const json::value& result);

/// Whether the turn that this answers for runs on another thread: a review may ask for one of its own (`reviewThreadId`).
bool runs_elsewhere(const json::value& result, const std::string& thread_id);

/// The answer to turn/start or review/start, where the turn is known without it.
CallEnd turn_start_answer(const std::string& thread_id, const std::string& turn_id);

/// {data:[turn], nextCursor} of thread/turns/list.
struct TurnPage {
    TurnPage() = default;
    std::vector<TurnView> turns;
    json::value next;  // null: the last page
};
TurnPage read_turn_page(const json::value& result);

// Of pages whose turns come with all their items.

/// The turn that this message is part of; the newest. Of `unwanted` ones only what completed counts.
std::optional<TurnView> turn_of_message(const json::value& page, const std::string& client_message_id,
                                        const std::set<std::string>& unwanted = {});
/// The items of one turn that have ended; nothing when it is not on the page.
std::optional<std::vector<json::object>> items_of(const json::value& page, const std::string& turn_id);

}  // namespace lanekeeper::codex
