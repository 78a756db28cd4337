// Ingest: from notices to commits.
#include "agents/explain_payload.hpp"
#include "agents/ingest_state.hpp"
#include "agents/records.hpp"
#include "base/limits.hpp"
#include "base/log.hpp"
#include "queue/metrics.hpp"
#include "session/guard.hpp"
#include "transcript/rows.hpp"

#include <algorithm>
#include <set>

namespace lanekeeper {
namespace {

constexpr std::size_t effects_at_once = 64;  // puts of one commit, about

bool is_full(const NoticePlan& plan) { return plan.effects.puts.size() + plan.effects.events.size() >= effects_at_once; }

void append(NoticePlan& all, NoticePlan more) {
    all.effects.append(std::move(more.effects));
    for (auto& member : more.session_members) all.session_members[member.key()] = std::move(member.value());
}

bool ends_turn(const NoticeRun& run) {
    auto is_end = [](const RuntimeNotice& notice) { return notice.method == "turn/completed"; };
    return std::any_of(run.notices.begin(), run.notices.end(), is_end);
}

/// It is about a turn that has to be known first: whether it is under way, and what it has open.
bool needs_its_turn(const NoticeFacts& notice, TurnOrigin origin) {
    using Kind = NoticeFacts::Kind;
    if (notice.kind == Kind::turn_completed) return true;
    if (origin == TurnOrigin::external) return false;
    return notice.kind == Kind::item_started || notice.kind == Kind::item_completed || notice.kind == Kind::message_delta;
}

/// Deletes come before puts: what one commit marks as open it cannot unmark.
bool marks_open(const Effects& effects, const std::string& turn_id) {
    auto is_mark = [&](const RecordPut& put) { return put.kind == open_turn_kind && put.key == turn_id; };
    return std::any_of(effects.puts.begin(), effects.puts.end(), is_mark);
}

/// Members of the session go with its rows.
Effects with_session(Effects effects, const std::string& session_id, const json::object& members) {
    if (!members.empty()) effects.puts.push_back(patch_session(session_id, members));
    return effects;
}

}  // namespace

Task<Result<void>> Ingest::State::take_up(std::shared_ptr<NoticeRun> run) {
    if (run->origin == TurnOrigin::external) {
        auto ours = co_await refuse_foreign(run->session_id, run->notices);
        if (!ours) co_return ours.error();
    }
    auto hold = co_await core.locks.acquire(rows_lock(run->session_id));
    Result<void> done;
    run->open_at_done = open[run->session_id];
    try {
        done = co_await take_up_held(run);
    } catch (...) {  // what is not committed is planned again
        open[run->session_id] = run->open_at_done;
        throw;
    }
    if (done && ends_turn(*run)) co_await trim_worker(run->session_id);
    auto known = open.find(run->session_id);
    if (known != open.end() && known->second.empty()) open.erase(known);
    co_return done;
}

void Ingest::State::mark_done(NoticeRun& run, std::size_t next) {
    run.done = next;
    run.open_at_done = open[run.session_id];
}

/// Kept notices are gathered into one commit, until one wants a job or something that is not kept has to be told.
Task<Result<void>> Ingest::State::take_up_held(std::shared_ptr<NoticeRun> run) {
    NoticePlan gathered;
    auto next = run->done;
    while (next < run->notices.size()) {
        auto session = core.directory.find(run->session_id);
        if (!session) co_return session::session_not_found(run->session_id);
        auto facts = read_notice(run->notices[next]);
        bool ends = facts.kind == NoticeFacts::Kind::turn_completed;
        bool unknown = needs_its_turn(facts, run->origin) && !open[session->id].knows(facts.turn_id);
        if (unknown || (ends && marks_open(gathered.effects, facts.turn_id))) {
            auto so_far = co_await flush(session->id, std::exchange(gathered, NoticePlan()));
            if (!so_far) co_return so_far.error();
            mark_done(*run, next);
        }
        bool late = false;
        if (unknown) late = co_await meet_turn(run, facts);
        if (ends) {
            bool found = co_await find_lost_ends(run, next);
            if (found) continue;
        }
        auto plan = plan_notice(*session, run->notices[next], run->origin, open[session->id], core.now(), late);
        auto live = std::move(plan.live);
        auto item = std::move(plan.completed_item);
        gathered.turn_id = plan.turn_id;
        append(gathered, std::move(plan));
        ++next;
        ++notices;
        bool wants_commit = item || !live.empty() || is_full(gathered) || next == run->notices.size();
        if (!wants_commit) continue;
        gathered.completed_item = std::move(item);
        auto committed = co_await flush_with_job(*session, std::exchange(gathered, NoticePlan()), run->metadata);
        if (!committed) co_return committed.error();
        mark_done(*run, next);
        for (const auto& draft : live) core.ledger.publish_live(draft, core.now());
    }
    co_return Result<void>();
}

Task<Result<void>> Ingest::State::flush(std::string session_id, NoticePlan plan) {
    auto effects = with_session(std::move(plan.effects), session_id, plan.session_members);
    if (effects.empty()) co_return Result<void>();
    auto committed = co_await core.commit(std::move(effects));
    if (committed) core.directory.patch(session_id, plan.session_members);
    co_return committed;
}

Task<Result<void>> Ingest::State::flush_with_job(session::Session session, NoticePlan plan, json::value metadata) {
    std::optional<json::object> payload;
    const auto& settings = core.settings;
    if (plan.completed_item && settings.explain.enabled && settings.queue.enabled)
        payload = explain_payload(session, plan.turn_id, *plan.completed_item, settings.explain.max_diff_chars);
    if (!payload) co_return co_await flush(session.id, std::move(plan));
    auto request = explain_request(session, std::move(*payload));
    request.metadata = metadata;
    request.effects = with_session(plan.effects, session.id, plan.session_members);
    auto enqueued = co_await queue.enqueue(std::move(request));
    if (enqueued) {
        core.directory.patch(session.id, plan.session_members);
        if (enqueued->how == Enqueued::How::enqueued) ++explain_enqueued;
        co_return Result<void>();
    }
    auto reason = enqueued.error().code;
    bool later = is_for_now(enqueued.error());
    if (later) co_return co_await defer(std::move(session), std::move(plan), std::move(metadata), reason);
    log_warn("file change stays unexplained", {{"sessionId", session.id}, {"reason", reason}});
    co_return co_await flush(session.id, std::move(plan));
}

EnqueueRequest Ingest::State::explain_request(const session::Session& session, json::object payload) const {
    EnqueueRequest request;
    request.type = "file_change_explain";
    request.owner = *session.project_id;
    request.source_session_id = session.id;
    request.payload = std::move(payload);
    return request;
}

Task<Result<void>> Ingest::State::refuse_foreign(std::string session_id, std::vector<RuntimeNotice> incoming) {
    std::set<std::string> turns;
    for (const auto& notice : incoming) turns.insert(notice_turn(notice));
    turns.erase("");
    for (const auto& turn_id : turns) {
        bool ours = core.turns.knows(session_id, turn_id);
        if (!ours) {
            auto record = co_await core.ledger.reader().record(std::string(turn_kind), session_id, turn_id);
            ours = record && turn_from_json(record->body).origin == TurnOrigin::runtime;
        }
        if (ours)
            co_return Problem("foreign_turn", "the turn is run by the daemon's own runtime",
                              json::object{{"sessionId", session_id}, {"turnId", turn_id}});
    }
    co_return Result<void>();
}

}  // namespace lanekeeper
