// Ingest: what an earlier process left behind: turns that nobody saw end, and messages whose turns nobody heard of.
#include "agents/ingest_state.hpp"
#include "agents/records.hpp"
#include "agents/session_records.hpp"
#include "base/log.hpp"
#include "runtime/notices.hpp"
#include "runtime/wait_available.hpp"

namespace lanekeeper {
namespace {

constexpr Millis wait_again{500};

TurnView interrupted(const std::string& turn_id) {
    TurnView view;
    view.turn_id = turn_id;
    view.status = TurnStatus::interrupted;
    return view;
}

}  // namespace

/// Turns that were under way when the daemon ended, and of which the runtime says no more that they are. While it is not
/// up they go on: what they came to may be written there.
Task<void> Ingest::State::close_cut_off_turns(MonoTime runtime_deadline) {
    auto marks = co_await all_records_of_kind(core.ledger.reader(), std::string(open_turn_kind));
    std::vector<CutOffTurn> untold;
    std::function<bool()> given_up = [this] { return stopping; };
    for (const auto& mark : marks) {
        CutOffTurn cut(mark.scope, turn_from_json(mark.body));
        if (cut.turn.origin == TurnOrigin::external) continue;
        bool there = co_await wait_available(core.runtime, core.time, runtime_deadline, given_up);
        if (stopping) co_return;
        bool settled = false;
        if (there) settled = co_await settle_cut_off(cut);
        if (settled) continue;
        core.turns.started(cut.session_id, cut.turn.turn_id);
        untold.push_back(std::move(cut));
    }
    if (!untold.empty() && !stopping) nursery.start("turns cut off", settle_when_told(std::move(untold)));
}

/// False: there is nobody to ask, or no room to write what he says. A runtime that refuses to tell leaves the turn interrupted.
Task<bool> Ingest::State::settle_cut_off(CutOffTurn cut) {
    auto session = core.directory.find(cut.session_id);
    if (!session) co_return true;
    std::optional<TurnView> view;
    try {
        view = co_await core.runtime.read_turn(session->runtime_thread_id, cut.turn.turn_id);
    } catch (const RuntimeUnavailable&) {
        co_return false;
    } catch (const std::runtime_error& e) {
        log_warn("turn could not be read", {{"sessionId", session->id}, {"turnId", cut.turn.turn_id}, {"error", e.what()}});
    }
    if (!view) view = interrupted(cut.turn.turn_id);
    if (view->status == TurnStatus::in_progress) {
        core.turns.started(session->id, cut.turn.turn_id);
        co_return true;
    }
    if (core.turns.ended(session->id, cut.turn.turn_id)) conversation.turn_ended(session->id);
    bool written = false;
    try {
        co_await replay_turn(*session, *view);
        written = true;
    } catch (const StorageUnavailable& e) {
        log_warn("turn not closed yet", {{"sessionId", session->id}, {"turnId", cut.turn.turn_id}, {"error", e.what()}});
    }
    if (written) core.turns.settled(session->id, cut.turn.turn_id);
    co_return written;
}

Task<void> Ingest::State::settle_when_told(std::vector<CutOffTurn> untold) {
    while (!untold.empty() && !stopping) {
        bool there = co_await wait_available(core.runtime, core.time, core.time.mono() + wait_again);
        if (!there) continue;
        auto cut = untold.back();
        bool settled = co_await settle_cut_off(cut);
        if (settled) untold.pop_back();
        else co_await pause_for(core.time, wait_again);
    }
}

/// Messages that were given to the runtime and have no row: where their turn is known there, it is not begun again.
Task<void> Ingest::State::take_up_unheard_messages() {
    auto sent = co_await all_records_of_kind(core.ledger.reader(), std::string(sent_message_kind));
    for (const auto& record : sent) {
        auto session = core.directory.find(record.scope);
        if (!session) continue;
        std::optional<TurnView> view;
        try {
            view = co_await core.runtime.turn_of_message(session->runtime_thread_id, record.key);
        } catch (const std::runtime_error& e) {
            log_warn("message could not be looked up", {{"sessionId", record.scope}, {"error", e.what()}});
        }
        bool over = view && view->status != TurnStatus::in_progress;
        if (over) co_await replay_turn(*session, *view);
    }
}

/// Takes up what the runtime has of a turn that has ended, as if it had just been said.
Task<void> Ingest::State::replay_turn(session::Session session, TurnView view) {
    auto run = std::make_shared<NoticeRun>();
    run->session_id = session.id;
    run->replayed = true;
    auto items = co_await read_items(session, view.turn_id);
    if (items) {
        run->looked_up.insert(view.turn_id);
        for (auto& item : *items) run->notices.push_back(notices::item_completed(session.id, view.turn_id, std::move(item)));
    }
    run->notices.push_back(notices::turn_completed(session.id, view, {}));
    auto taken = co_await take_up(run);
    if (!taken) log_warn("turn could not be closed", {{"sessionId", session.id}, {"turnId", view.turn_id}});
}

}  // namespace lanekeeper
