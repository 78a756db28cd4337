// Ingest: turns of chats of which nothing is heard. The news of an end may be lost; the chat would be busy for ever.
#include "agents/ingest_state.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr Millis quiet_bound{5'000};   // so long nothing was heard of a turn that is looked at
constexpr Millis first_look{5'000};    // between two looks; twice as long after each
constexpr Millis last_pause{60'000};

}  // namespace

/// A turn is under way. Any thread.
void Ingest::State::expect_quiet(const std::weak_ptr<State>& self) {
    asio::post(strand, [self] {
        auto state = self.lock();
        if (!state || state->stopping) return;
        if (std::exchange(state->watching, true)) state->quiet_alarm->wake();
        else state->nursery.start("quiet turns", state->watch_quiet_turns());
    });
}

/// Those of chats; workers' turns are watched by whoever started them.
void Ingest::State::note_quiet_turns() {
    auto turns = core.turns.under_way();
    std::erase_if(quiet, [&](const auto& known) {
        auto turn = turns.find(known.first);
        return turn == turns.end() || turn->second != known.second.turn_id;
    });
    for (const auto& [session_id, turn_id] : turns) {
        auto session = core.directory.find(session_id);
        if (!session || session->system_owned || quiet.contains(session_id)) continue;
        auto& turn = quiet[session_id];
        turn.turn_id = turn_id;
        turn.heard = core.time.mono();
        turn.due = turn.heard + quiet_bound;
        turn.pause = first_look;
    }
}

/// Ends with the last turn.
Task<void> Ingest::State::watch_quiet_turns() {
    auto is_sooner = [](const auto& a, const auto& b) { return a.second.due < b.second.due; };
    while (!stopping) {
        note_quiet_turns();
        auto next = std::min_element(quiet.begin(), quiet.end(), is_sooner);
        if (next == quiet.end()) break;
        auto now = core.time.mono();
        auto& turn = next->second;
        if (turn.due <= now) turn.due = std::max(turn.due, turn.heard + quiet_bound);
        if (turn.due > now) {
            co_await quiet_alarm->wait_until(turn.due);
            continue;
        }
        turn.due = now + turn.pause;
        turn.pause = std::min(turn.pause * 2, last_pause);
        try {
            co_await look_at_quiet(next->first, turn.turn_id);
        } catch (const StorageUnavailable& e) {  // at its next time
            log_warn("end of a turn waits for the store", {{"error", e.what()}});
        }
    }
    quiet.clear();
    watching = false;
}

/// A runtime may call a turn ended that goes on (runtime.md 4): two looks in a row have to say so, with nothing heard between.
Task<void> Ingest::State::look_at_quiet(std::string session_id, std::string turn_id) {
    auto session = core.directory.find(session_id);
    if (!session) co_return;
    auto asked = core.time.mono();
    auto view = co_await read_quiet(*session, turn_id);
    auto turn = quiet.find(session_id);
    bool same = turn != quiet.end() && turn->second.turn_id == turn_id && core.turns.runs(session_id, turn_id);
    if (!same) co_return;
    bool over = view && view->status != TurnStatus::in_progress && turn->second.heard <= asked;
    if (over && turn->second.seen_over) {
        log_warn("end of a turn was not heard", {{"sessionId", session_id}, {"turnId", turn_id}});
        co_await replay_turn(*session, *view);
        conversation.turn_found_ended(session_id, turn_id);
        co_return;
    }
    turn->second.seen_over = over;
    if (over) turn->second.due = core.time.mono() + core.settings.agent.untrusted_terminal_grace;
}

/// Nothing: the runtime cannot tell now.
Task<std::optional<TurnView>> Ingest::State::read_quiet(session::Session session, std::string turn_id) {
    try {
        if (core.runtime.available()) {
            auto view = co_await core.runtime.read_turn(session.runtime_thread_id, turn_id);
            co_return view;
        }
    } catch (const std::runtime_error& e) {
        log_debug("turn could not be read", {{"sessionId", session.id}, {"turnId", turn_id}, {"error", e.what()}});
    }
    co_return std::nullopt;
}

}  // namespace lanekeeper
