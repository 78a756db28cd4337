#pragma once
#include "runtime/runtime.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lanekeeper::codex {

// What the app server's replies say. Members that are missing read as nothing.

/// {thread:{id}} of start, fork, resume. Empty when there is none.
std::string thread_id_of(const json::value& result);
/// {turn:{id}} of turn/start.
std::string turn_id_of(const json::value& result);

/// {data:[turn], nextCursor} of thread/turns/list.
struct TurnPage {
    TurnPage() = default;
    std::vector<TurnView> turns;
    json::value next;  // null: the last page
};
TurnPage read_turn_page(const json::value& result);

}  // namespace lanekeeper::codex
