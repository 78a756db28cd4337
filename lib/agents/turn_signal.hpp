#pragma once
#include "runtime/runtime.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace lanekeeper {

/// Tokens of a model, as its runtime counts them.
struct TokenCount {
    TokenCount() = default;
    TokenCount(std::int64_t input_, std::int64_t output_) : input(input_), output(output_) {}
    std::int64_t input = 0;
    std::int64_t output = 0;
    bool operator==(const TokenCount&) const = default;
};

/// What a runtime's notice tells about one turn, as far as settling it needs.
struct TurnSignal {
    enum class Kind { started, item, delta, trouble, usage, ended };
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
    // usage
    TokenCount thread_total;  // of all turns of the thread, this one included
    TokenCount last_call;     // of the call of the model that it tells of
    bool quota = false;  // failed for a rate limit or a spent quota: not now, rather than not at all
};

/// Nothing for notices that are not about a turn, or are malformed. Pure.
std::optional<TurnSignal> read_signal(const RuntimeNotice& notice);

}  // namespace lanekeeper
