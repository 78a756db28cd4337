#pragma once
#include "runtime/runtime.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// What a runtime's notice tells about one turn, as far as settling it needs.
struct TurnSignal {
    enum class Kind { started, item, delta, trouble, ended };
    TurnSignal() = default;
    Kind kind = Kind::started;
    std::string thread_id;
    std::string turn_id;
    // item
    std::string item_id;
    bool made_by_agent = false;  // not the user's own message
    bool item_ended = false;
    // item that is an assistant's message, or the last one that `ended` carries
    std::string text;
    std::string source;
    // ended
    TurnStatus status = TurnStatus::in_progress;
    std::string error;  // of trouble, too: what the runtime goes on trying
    bool quota = false;  // failed for a rate limit or a spent quota: not now, rather than not at all
};

/// Nothing for notices that are not about a turn, or are malformed. Pure.
std::optional<TurnSignal> read_signal(const RuntimeNotice& notice);

}  // namespace lanekeeper
