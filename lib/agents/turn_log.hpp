#pragma once
#include "store/store.hpp"

#include <string>
#include <vector>

namespace lanekeeper {

/// Who runs a turn: our runtime, or an external agent that feeds notifications.
enum class TurnOrigin { runtime, external };

/// What the store knows of a turn: kind "turn", scope = session id, key = turn id. Those that have not ended are listed
/// under "turn.open" too, so that a start after a crash finds them without reading history.
struct TurnRecord {
    TurnRecord() = default;
    std::string turn_id;
    TurnOrigin origin = TurnOrigin::runtime;
    std::string status = "inProgress";  // the runtime's own words
    std::string error;
    std::int64_t started_at = 0;  // ms
    std::int64_t completed_at = 0;
    bool implied = false;  // nobody said that it began: an item named it. What is said later counts instead
    bool open() const { return status == "inProgress"; }
};

inline constexpr std::string_view turn_kind = "turn";
inline constexpr std::string_view open_turn_kind = "turn.open";

json::object to_json(const TurnRecord& turn);
TurnRecord turn_from_json(const json::object& object);

/// Appends what makes a turn begin or end; an ended turn never opens again, whatever comes late.
void log_turn(Effects& effects, const std::string& session_id, const TurnRecord& turn);

/// In the order in which they were first heard of.
Task<std::vector<TurnRecord>> read_turns(Store& store, std::string session_id);

}  // namespace lanekeeper
