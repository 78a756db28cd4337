#pragma once
#include "agents/sessions.hpp"
#include "agents/suggestion_state.hpp"
#include "async/time_source.hpp"
#include "base/random.hpp"
#include "base/settings.hpp"

#include <optional>
#include <string>

namespace lanekeeper {

/// A click on "suggest a reply". The caller asked `require_user_session`.
struct SuggestClick {
    SuggestClick() = default;
    std::string session_id;
    std::optional<std::string> model, effort, draft;
    std::optional<IdempotencyClaim> idempotency;
    json::value metadata;  // of the job
};

/// What a click came to.
struct SuggestAnswer {
    SuggestAnswer() = default;
    Enqueued enqueued;  // the job that answers it: a new one, or the one that was there
    Job job;            // the same, as it stands when the answer is given
    bool completed() const { return job.state == JobState::completed && job.result.has_value(); }
};

/// Suggested replies as the API has them (api.md 4): one job at a time a chat, and a record that says how it stands.
/// Calls come from any executor and resume there. Refusals: `feature_disabled`, `no_context`, `not_found`, and those of
/// `Queue::enqueue`.
class Suggestions {
public:
    /// Everything given outlives it; `random` is safe to call from any thread.
    Suggestions(const Settings& settings, TimeSource& time, Random& random, Ledger& ledger, Sessions& sessions, Queue& queue)
        : settings_(settings.suggest), time_(time), random_(random), ledger_(ledger), sessions_(sessions), queue_(queue) {}
    Suggestions(const Suggestions&) = delete;
    Suggestions& operator=(const Suggestions&) = delete;

    /// Makes a job, or finds the one that is open for this chat.
    Task<Result<SuggestAnswer>> click(SuggestClick click);
    /// The same, and waits for its end until ORCHESTRATOR_SUGGEST_REPLY_WAIT_MS after the click. Cancellable.
    Task<Result<SuggestAnswer>> click_and_wait(SuggestClick click);
    /// A worker's own word on a request. → the record as it is now.
    Task<Result<json::object>> upsert(SuggestionState state);

private:
    Task<bool> has_context(std::string session_id);
    Task<bool> has_message(std::string kind, std::string session_id);
    EnqueueRequest request_for(SuggestClick click, std::string owner);

    const SuggestSettings& settings_;
    TimeSource& time_;
    Random& random_;
    Ledger& ledger_;
    Sessions& sessions_;
    Queue& queue_;
};

/// {status:"queued", jobId, requestKey, sessionId, projectId, dedupe}: the 202 of a click.
json::object queued_answer(const Enqueued& enqueued);
/// {status:"ok", sessionId, requestKey, suggestion, source}: the 200 of a click that was waited for.
json::object completed_answer(const Job& job);

}  // namespace lanekeeper
