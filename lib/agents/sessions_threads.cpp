// Sessions: what changes the runtime's thread behind a chat.
#include "agents/records.hpp"
#include "agents/session_core.hpp"
#include "agents/session_records.hpp"
#include "agents/sessions.hpp"
#include "agents/thread_calls.hpp"
#include "base/members.hpp"
#include "session/guard.hpp"
#include "transcript/rows.hpp"

#include <algorithm>
#include <set>

namespace lanekeeper {
namespace {

/// Rows of those turns, as deletes.
void delete_rows_of(Effects& effects, const std::vector<Record>& rows, const std::set<std::string>& turns) {
    for (const auto& row : rows)
        if (turns.contains(transcript::entry_from_json(row.body).turn_id))
            effects.deletes.emplace_back(row.kind, row.scope, row.key);
}

EventDraft rolled_back_event(const std::string& session_id, int turns, const json::array& turn_ids) {
    json::object params{{"threadId", session_id}, {"numTurns", turns}, {"turnIds", turn_ids}};
    json::object payload{{"method", "thread/rolledBack"}, {"params", std::move(params)}};
    return {"notification", session_id, std::move(payload)};
}

}  // namespace

Task<Result<SessionView>> Sessions::resume(std::string session_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    auto ready = co_await core_->ensure_thread(*session);
    if (!ready) co_return ready.error();
    co_return co_await view(session_id);
}

Task<Result<json::object>> Sessions::compact(std::string session_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    auto active = core_->turns.active(session_id);  // a runtime would end it
    if (active) co_return turn_active(session_id, active->turn_id);
    auto work = core_->runtime.compact_thread(session->runtime_thread_id);
    auto done = co_await on_thread(*session, std::move(work));
    if (!done) co_return done.error();
    co_return json::object{};
}

Task<Result<json::value>> Sessions::start_review(std::string session_id, std::string method, json::object params) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    auto active = core_->turns.active(session_id);
    if (active || !core_->turns.reserve(session_id)) co_return turn_active(session_id, active ? active->turn_id : std::string());
    TurnTracker::Reservation reservation(core_->turns, session_id);
    params["threadId"] = session->runtime_thread_id;
    auto work = core_->runtime.call(std::move(method), std::move(params));
    auto result = co_await on_thread(*session, std::move(work));
    if (!result) co_return result;
    const auto* answer = result->if_object();
    const auto* turn = answer ? members::object(*answer, "turn") : nullptr;
    auto thread = answer ? members::text_or_nothing(*answer, "reviewThreadId") : std::nullopt;
    bool here = !thread || *thread == session->runtime_thread_id;  // or on a thread of its own, which keeps nobody here busy
    if (turn && here) core_->turns.begin(session_id, members::text(*turn, "id"));
    co_return result;
}

Task<Result<json::value>> Sessions::ask_runtime(std::string session_id, std::string method, json::object params) {
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    params["threadId"] = session->runtime_thread_id;
    auto work = core_->runtime.call(std::move(method), std::move(params));
    co_return co_await on_thread(*session, std::move(work));
}

Task<Result<json::object>> Sessions::rollback(std::string session_id, int turns) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    auto active = core_->turns.active(session_id);
    if (active) co_return turn_active(session_id, active->turn_id);
    auto quiet = co_await core_->locks.acquire(rows_lock(session_id));
    auto known = co_await read_turns(core_->ledger.reader(), session_id);
    auto first = known.size() > std::size_t(turns) ? known.end() - turns : known.begin();
    known.erase(known.begin(), first);
    auto ours = std::count_if(known.begin(), known.end(), [](const auto& t) { return t.origin == TurnOrigin::runtime; });
    if (ours > 0) {
        auto work = core_->runtime.revert_thread(session->runtime_thread_id, int(ours));
        auto reverted = co_await on_thread(*session, std::move(work));
        if (!reverted) co_return reverted.error();
    }
    co_return co_await forget_turns(session_id, turns, std::move(known));
}

Task<Result<json::object>> Sessions::forget_turns(std::string session_id, int asked, std::vector<TurnRecord> turns) {
    Store& store = core_->ledger.reader();
    std::set<std::string> gone;
    json::array ids;
    Effects effects;
    for (const auto& turn : turns) {
        gone.insert(turn.turn_id);
        ids.emplace_back(turn.turn_id);
        effects.deletes.emplace_back(std::string(turn_kind), session_id, turn.turn_id);
        effects.deletes.emplace_back(std::string(open_turn_kind), session_id, turn.turn_id);
    }
    auto base = co_await all_records(store, std::string(transcript::base_kind), session_id);
    auto own = co_await all_records(store, std::string(transcript::own_kind), session_id);
    delete_rows_of(effects, base, gone);
    delete_rows_of(effects, own, gone);
    effects.events.push_back(rolled_back_event(session_id, asked, ids));
    json::object members;
    auto changed = co_await core_->change(session_id, std::move(members), std::move(effects));
    if (!changed) co_return changed.error();
    co_return json::object{{"removedTurnIds", std::move(ids)}};
}

}  // namespace lanekeeper
