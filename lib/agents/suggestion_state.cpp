#include "agents/suggestion_state.hpp"

#include "base/members.hpp"

namespace lanekeeper {
namespace {

constexpr std::chrono::hours suggestion_kept{24};

}  // namespace

json::object to_json(const SuggestionState& state) {
    json::object body;
    body["sessionId"] = state.session_id;
    body["requestKey"] = state.request_key;
    body["jobId"] = state.job_id.empty() ? json::value() : json::value(state.job_id);
    body["status"] = state.status;
    body["suggestion"] = members::or_null(state.suggestion);
    body["source"] = members::or_null(state.source);
    body["error"] = members::or_null(state.error);
    return body;
}

SuggestionState suggestion_from_json(const json::object& body) {
    SuggestionState state;
    state.session_id = members::text(body, "sessionId");
    state.request_key = members::text(body, "requestKey");
    state.job_id = members::text(body, "jobId");
    state.status = members::text(body, "status");
    state.suggestion = members::text_or_nothing(body, "suggestion");
    state.source = members::text_or_nothing(body, "source");
    state.error = members::text_or_nothing(body, "error");
    return state;
}

json::object merge_suggestion(const json::object& existing, json::object incoming) {
    bool was_complete = members::text(existing, "status") == "complete";
    bool is_complete = members::text(incoming, "status") == "complete";
    return was_complete && !is_complete ? existing : incoming;
}

json::object merge_fallback(const json::object& existing, json::object incoming) {
    return members::text(existing, "status") == "complete" ? existing : incoming;
}

void put_suggestion(Effects& effects, const SuggestionState& state, WallTime at, MergeRecord merge) {
    auto body = to_json(state);
    body["updatedAt"] = iso(at);
    RecordPut put(std::string(suggestion_kind), state.session_id, state.request_key, std::move(body), RecordPut::Mode::upsert,
                  merge);
    put.expires_at = at + suggestion_kept;
    effects.puts.push_back(std::move(put));
    EventDraft event("suggested_request_updated", state.session_id, json::object{});
    event.entry_of_put = effects.puts.size() - 1;
    event.entry_is_payload = true;  // what is kept, which may not be what came
    effects.events.push_back(std::move(event));
}

}  // namespace lanekeeper
