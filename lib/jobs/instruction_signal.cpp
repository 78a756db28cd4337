#include "jobs/instruction_signal.hpp"

#include "agents/chat_messages.hpp"
#include "agents/session_core.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "queue/definition.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr Millis look_again{100};

}  // namespace

Task<std::optional<SuggestionState>> read_signal(Sessions& sessions, std::string session_id, std::string request_key) {
    Store& store = sessions.core().ledger.reader();
    auto record = co_await store.record(std::string(suggestion_kind), session_id, request_key);
    std::optional<SuggestionState> state;
    if (record) state = suggestion_from_json(record->body);
    if (state && !is_settled(*state)) state.reset();
    co_return state;
}

Task<bool> signal_came(Sessions& sessions, std::string session_id, std::string request_key) {
    bool came = false;
    try {
        auto state = co_await read_signal(sessions, session_id, request_key);
        came = state.has_value();
    } catch (const StorageUnavailable& error) {
        log_debug("completion signal not read", {{"sessionId", session_id}, {"error", error.what()}});
    }
    co_return came;
}

Task<std::optional<SuggestionState>> wait_for_signal(Sessions& sessions, std::shared_ptr<RunContext> context,
                                                     std::string session_id, std::string request_key, MonoTime deadline) {
    TimeSource& time = context->time();
    for (;;) {
        auto state = co_await read_signal(sessions, session_id, request_key);
        if (state || time.mono() >= deadline) co_return state;
        if (context->stop_requested()) throw JobFailure(ErrorClass::retryable, "aborted: while waiting for the completion signal");
        co_await sleep_until(time, std::min(deadline, time.mono() + look_again));
    }
}

Task<SuggestionState> fallback_state(Sessions& sessions, Instruction instruction) {
    auto entries = co_await sessions.transcript(instruction.session_id);
    SuggestionState state;
    state.session_id = instruction.session_id;
    state.request_key = *instruction.request_key;
    state.status = "complete";
    state.suggestion = fallback_suggestion(last_messages(entries), instruction.draft.value_or(""));
    state.source = "fallback";
    co_return state;
}

std::optional<SuggestionState> signal_among(const json::array& outcomes, const std::string& request_key) {
    std::optional<SuggestionState> found;
    for (const auto& outcome : outcomes) {
        const auto* entry = members::object(outcome.as_object(), "entry");
        if (!entry || members::text(*entry, "messageId") != request_key) continue;
        SuggestionState state;
        state.request_key = request_key;
        state.status = members::text_or_nothing(*entry, "status").value_or("complete");
        auto said = members::text(*entry, "content");
        if (state.status == "error") state.error = first_chars(said, limits::job_error_chars);
        else state.suggestion = first_chars(said, limits::suggestion_chars);
        state.source = "worker";
        if (is_settled(state)) found = std::move(state);
    }
    return found;
}

json::object completion_of(const SuggestionState& state, const char* by) {
    json::object completion;
    completion["requestKey"] = state.request_key;
    completion["status"] = state.status;
    completion["by"] = by;
    completion["suggestion"] = members::or_null(state.suggestion);
    completion["source"] = members::or_null(state.source);
    completion["error"] = members::or_null(state.error);
    return completion;
}

}  // namespace lanekeeper
