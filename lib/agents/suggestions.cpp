#include "agents/suggestions.hpp"

#include "agents/chat_messages.hpp"
#include "base/ids.hpp"
#include "base/members.hpp"
#include "session/guard.hpp"
#include "transcript/rows.hpp"

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr std::size_t rows_page = 100;

Problem no_context(const std::string& session_id) {
    return Problem("no_context", "nothing was said in this chat, and there is no draft, to suggest a reply from",
                   json::object{{"sessionId", session_id}});
}

void set_if(json::object& payload, const char* name, const std::optional<std::string>& text) {
    if (text) payload[name] = *text;
}

bool any_message(const std::vector<Record>& rows) {
    return std::any_of(rows.begin(), rows.end(),
                       [](const Record& row) { return is_message(transcript::entry_from_json(row.body)); });
}

}  // namespace

Task<Result<SuggestAnswer>> Suggestions::click(SuggestClick click) {
    if (!settings_.enabled) co_return Problem("feature_disabled", "suggested replies are switched off");
    auto owner = sessions_.owner_of(click.session_id);
    if (!owner) co_return session::session_not_found(click.session_id);
    bool context = !trimmed(click.draft.value_or("")).empty();
    if (!context) context = co_await has_context(click.session_id);
    if (!context) co_return no_context(click.session_id);
    auto request = request_for(std::move(click), *owner);
    auto enqueued = co_await queue_.enqueue(std::move(request));
    if (!enqueued) co_return enqueued.error();
    SuggestAnswer answer;
    answer.job = enqueued->job;
    answer.enqueued = std::move(*enqueued);
    co_return answer;
}

EnqueueRequest Suggestions::request_for(SuggestClick click, std::string owner) {
    EnqueueRequest request;
    request.type = "suggest_reply";
    request.source_session_id = click.session_id;
    request.payload["requestKey"] = new_id("request", time_.wall(), random_);
    request.payload["sessionId"] = click.session_id;
    request.payload["projectId"] = owner;
    set_if(request.payload, "model", click.model);
    set_if(request.payload, "effort", click.effort);
    set_if(request.payload, "draft", click.draft);
    request.idempotency = std::move(click.idempotency);
    request.metadata = std::move(click.metadata);
    request.owner = std::move(owner);
    return request;
}

Task<bool> Suggestions::has_context(std::string session_id) {
    bool said = co_await has_message(std::string(transcript::base_kind), session_id);
    if (!said) said = co_await has_message(std::string(transcript::own_kind), session_id);
    co_return said;
}

// The first rows of a chat nearly always hold a message, so this reads a page.
Task<bool> Suggestions::has_message(std::string kind, std::string session_id) {
    std::int64_t after = 0;
    for (bool more = true; more;) {
        auto rows = co_await ledger_.reader().records(kind, session_id, after, rows_page);
        if (any_message(rows)) co_return true;
        more = rows.size() == rows_page;
        if (more) after = rows.back().order;
    }
    co_return false;
}

Task<Result<SuggestAnswer>> Suggestions::click_and_wait(SuggestClick wanted) {
    auto deadline = time_.mono() + settings_.wait;
    auto answer = co_await click(std::move(wanted));
    if (!answer) co_return answer;
    auto job_id = answer->job.id();
    if (answer->enqueued.replayed) job_id = members::text(*answer->enqueued.replayed, "jobId");
    auto left = std::chrono::ceil<Millis>(std::max(deadline - time_.mono(), MonoTime::duration::zero()));
    auto job = co_await queue_.wait_terminal(job_id, left);
    if (job) answer->job = std::move(*job);
    co_return answer;
}

Task<Result<json::object>> Suggestions::upsert(SuggestionState state) {
    if (!settings_.enabled) co_return Problem("feature_disabled", "suggested replies are switched off");
    auto known = co_await ledger_.reader().record(std::string(suggestion_kind), state.session_id, state.request_key);
    if (known && members::text(known->body, "status") == "complete" && state.status != "complete") co_return known->body;
    if (known && state.job_id.empty()) state.job_id = members::text(known->body, "jobId");
    auto now = time_.wall();
    auto body = to_json(state);
    body["updatedAt"] = iso(now);
    Effects effects;
    put_suggestion(effects, state, now);
    auto committed = co_await ledger_.commit(now, std::move(effects));
    if (!committed) co_return committed.error();
    // What is kept, as the event says it: a complete one may have come in between.
    auto kept = co_await ledger_.reader().record(std::string(suggestion_kind), state.session_id, state.request_key);
    co_return kept ? kept->body : body;
}

json::object queued_answer(const Enqueued& enqueued) {
    if (enqueued.replayed) return *enqueued.replayed;
    bool fresh = enqueued.how == Enqueued::How::enqueued;
    json::object body;
    body["status"] = "queued";
    body["jobId"] = enqueued.job.id();
    body["requestKey"] = members::text(enqueued.job.payload, "requestKey");
    body["sessionId"] = members::text(enqueued.job.payload, "sessionId");
    body["projectId"] = enqueued.job.owner;
    body["dedupe"] = fresh ? "enqueued" : "already_queued";
    return body;
}

json::object completed_answer(const Job& job) {
    json::object body;
    body["status"] = "ok";
    body["sessionId"] = members::text(job.payload, "sessionId");
    for (auto* name : {"requestKey", "suggestion", "source"}) body[name] = members::text(*job.result, name);
    return body;
}

}  // namespace lanekeeper
