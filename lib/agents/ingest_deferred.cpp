// Ingest: explanations that found their lane full. The change's row is committed with a mark, under which the sweep
// makes the job when the lane has room (runtime.md 5).
#include "agents/explain_payload.hpp"
#include "agents/ingest_state.hpp"
#include "agents/records.hpp"
#include "base/json_read.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "queue/metrics.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

constexpr std::string_view deferred_kind = "explain.deferred";
constexpr Millis sweep_pause{500};

std::string mark_key(const std::string& session_id, const std::string& turn_id, const std::string& item_id) {
    return session_id + "/" + turn_id + "/" + item_id;
}

RecordPut put_mark(const session::Session& session, const std::string& turn_id, const std::string& item_id,
                   json::value metadata) {
    json::object body{{"sessionId", session.id}, {"turnId", turn_id}, {"itemId", item_id}};
    if (!metadata.is_null()) body["metadata"] = std::move(metadata);
    return {std::string(deferred_kind), *session.project_id, mark_key(session.id, turn_id, item_id), std::move(body)};
}

/// The item as its row keeps it.
std::optional<json::object> item_of(const json::object& row) {
    auto entry = transcript::entry_from_json(row);
    auto details = read_stored_json(entry.details.value_or("null"));
    if (!details || !details->is_object()) return {};
    auto item = std::move(details->get_object());
    item["id"] = entry.message_id;
    item["type"] = entry.type;
    return item;
}

}  // namespace

bool Ingest::State::is_for_now(const Problem& refusal) {
    return refusal.code == "queue_full" || refusal.code == "lane_draining" || refusal.code == "shutting_down";
}

Task<Result<void>> Ingest::State::defer(session::Session session, NoticePlan plan, json::value metadata,
                                         std::string reason) {
    auto item_id = members::text(*plan.completed_item, "id");
    plan.effects.puts.push_back(put_mark(session, plan.turn_id, item_id, std::move(metadata)));
    auto owner = *session.project_id;
    auto committed = co_await flush(session.id, std::move(plan));
    if (!committed) co_return committed;
    log_info("explanation deferred", {{"sessionId", session.id}, {"reason", reason}});
    ++explain_deferred;
    if (metrics) metrics->explain_deferred();
    deferred_owners.insert(owner);
    sweep_soon();
    co_return committed;
}

Task<void> Ingest::State::load_deferred() {
    auto marks = co_await all_records_of_kind(core.ledger.reader(), std::string(deferred_kind));
    for (const auto& mark : marks) deferred_owners.insert(mark.scope);
}

Task<void> Ingest::State::sweep_forever() {
    while (!stopping) {
        auto next = deferred_owners.empty() ? MonoTime::max() : core.time.mono() + sweep_pause;
        co_await sweep_alarm->wait_until(next);
        if (stopping) co_return;
        try {
            co_await sweep();
        } catch (const std::exception& e) {
            log_warn("deferred explanations have to wait", {{"error", e.what()}});
        }
    }
}

Task<std::size_t> Ingest::State::sweep() {
    if (sweeping || !core.settings.explain.enabled || !core.settings.queue.enabled) co_return 0;
    sweeping = true;
    auto reset = [this](void*) { sweeping = false; };
    std::unique_ptr<void, decltype(reset)> when_done(this, reset);
    std::size_t made = 0;
    auto owners = deferred_owners;  // it may change while we wait
    for (const auto& owner : owners) made += co_await sweep_owner(owner);
    co_return made;
}

Task<std::size_t> Ingest::State::sweep_owner(std::string owner) {
    Store& store = core.ledger.reader();
    auto marks = co_await store.records(std::string(deferred_kind), owner, 0, limits::explain_sweep);
    if (marks.empty()) deferred_owners.erase(owner);
    std::size_t made = 0;
    for (const auto& mark : marks) {
        auto request = co_await revive(mark);
        if (!request) {
            co_await unmark_hopeless(mark, "nothing_to_explain");
            continue;
        }
        request->effects.deletes.emplace_back(mark.kind, mark.scope, mark.key);
        auto enqueued = co_await queue.enqueue(std::move(*request));
        if (!enqueued && is_for_now(enqueued.error())) break;
        if (!enqueued) co_await unmark_hopeless(mark, enqueued.error().code);
        else ++made;
    }
    explain_swept += std::int64_t(made);
    co_return made;
}

/// The queue will never take it: the mark goes.
Task<void> Ingest::State::unmark_hopeless(Record mark, std::string reason) {
    log_warn("deferred explanation given up", {{"mark", mark.key}, {"reason", reason}});
    Effects effects;
    effects.deletes.emplace_back(mark.kind, mark.scope, mark.key);
    auto committed = co_await core.commit(std::move(effects));
    if (!committed) log_warn("mark stays", {{"mark", mark.key}, {"reason", committed.error().code}});
}

/// The job that a mark stands for; nothing when there is nothing to explain any more.
Task<std::optional<EnqueueRequest>> Ingest::State::revive(Record mark) {
    auto session = core.directory.find(members::text(mark.body, "sessionId"));
    if (!session) co_return std::nullopt;
    auto turn_id = members::text(mark.body, "turnId");
    auto key = transcript::base_key(turn_id, members::text(mark.body, "itemId"));
    auto row = co_await core.ledger.reader().record(std::string(transcript::base_kind), session->id, key);
    if (!row) co_return std::nullopt;
    auto item = item_of(row->body);
    if (!item) co_return std::nullopt;
    auto payload = explain_payload(*session, turn_id, *item, core.settings.explain.max_diff_chars);
    if (!payload) co_return std::nullopt;
    auto request = explain_request(*session, std::move(*payload));
    if (const auto* metadata = mark.body.if_contains("metadata")) request.metadata = *metadata;
    co_return request;
}

}  // namespace lanekeeper
