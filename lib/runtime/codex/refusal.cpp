#include "runtime/codex/refusal.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace lanekeeper::codex {
namespace {

constexpr std::int64_t overloaded = -32001;
constexpr std::int64_t no_such_method = -32601;
constexpr std::int64_t bad_params = -32602;
constexpr std::size_t longest_reason = 500;  // an unknown method is answered with the names of all

// In order: the first that a message contains decides.
constexpr std::array<std::pair<std::string_view, Refusal>, 21> sentences{{
    {"not materialized yet", Refusal::not_yet},
    {"list_turns is not supported yet", Refusal::not_yet},
    {"no archived rollout found", Refusal::gone},
    {"no rollout found", Refusal::gone},
    {"missing source rollout", Refusal::gone},  // the same, asked of its history
    {".jsonl is empty", Refusal::gone},     // a process was killed as it began to write the thread
    {"thread not found", Refusal::not_loaded},
    {"thread not loaded", Refusal::not_loaded},
    {"invalid thread id", Refusal::gone},   // not one of its ids: a thread of another runtime
    {"invalid session id", Refusal::gone},
    {"is archived", Refusal::archived},
    {"no active turn", Refusal::wrong_state},
    {"expected active turn", Refusal::wrong_state},
    {"cannot delete thread", Refusal::wrong_state},
    {"cannot steer", Refusal::wrong_state},  // a review, a compaction
    {"ActiveTurnNotSteerable", Refusal::wrong_state},
    {"authentication required", Refusal::auth},
    {"not logged in", Refusal::auth},
    {"login required", Refusal::auth},
    {"Unauthorized", Refusal::auth},
    {"Invalid request", Refusal::bad_params},
}};

bool names_unknown_method(std::string_view method, const std::string& message) {
    return message.find(fmt::format("unknown variant `{}`", method)) != std::string::npos;
}

const char* word_of(Refusal refusal) {
    switch (refusal) {
        case Refusal::overloaded: return "runtime_error";
        case Refusal::no_method: return "method_not_supported";
        case Refusal::bad_params: return "invalid_params";
        case Refusal::auth: return "auth_required";
        case Refusal::not_loaded:
        case Refusal::gone: return "not_found";
        case Refusal::archived:
        case Refusal::not_yet:
        case Refusal::wrong_state: return "invalid_state";
        case Refusal::other: return "runtime_error";
    }
    return "runtime_error";
}

}  // namespace

Refusal meaning_of(std::string_view method, const RpcError& error) {
    if (error.code == overloaded) return Refusal::overloaded;
    if (names_unknown_method(method, error.message)) return Refusal::no_method;
    for (const auto& [sentence, meaning] : sentences)
        if (error.message.find(sentence) != std::string::npos) return meaning;
    if (error.code == no_such_method) return Refusal::no_method;
    return error.code == bad_params ? Refusal::bad_params : Refusal::other;
}

RuntimeRefusal to_refusal(std::string_view method, const RpcError& error) {
    auto reason = first_chars(error.message, longest_reason);
    return RuntimeRefusal(word_of(meaning_of(method, error)), fmt::format("{}: {}", method, reason));
}

}  // namespace lanekeeper::codex
