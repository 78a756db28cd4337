// Conversation: interrupting and steering the turn under way.
#include "agents/conversation.hpp"
#include "agents/turn_log.hpp"
#include "agents/waiting_message.hpp"
#include "base/log.hpp"
#include "session/guard.hpp"

namespace lanekeeper {
namespace {

constexpr Millis look_again{50};
constexpr Millis interrupt_patience{2000};  // a turn is interruptible once the runtime has said that it started
constexpr int refusals_before_reading = 3;  // its end is heard by then, where it is told at all

Problem no_active_turn(const std::string& session_id) {
    return {"no_active_turn", "the chat has no such turn under way", json::object{{"sessionId", session_id}}};
}

Problem steer_refused(const char* code, const char* why, const std::string& session_id, const std::string& turn_id) {
    json::object result{{"actionType", "turn.steer"}, {"status", code}, {"details", {{"error", why}}}};
    return {code, why, json::object{{"sessionId", session_id}, {"turnId", turn_id}, {"result", std::move(result)}}};
}

}  // namespace

Task<Result<std::string>> Conversation::interrupt(std::string session_id, std::optional<std::string> turn_id) {
    auto session = co_await chat(session_id);
    if (!session) co_return session.error();
    auto active = core_.turns.active(session_id);
    if (active && active->turn_id.empty()) {  // being asked for: its starter holds the chat until it has an id
        auto hold = co_await core_.locks.acquire(session_id);
        active = core_.turns.active(session_id);
    }
    if (!active || (turn_id && *turn_id != active->turn_id)) co_return no_active_turn(session_id);
    bool asked = co_await interrupt_active(*session, active->turn_id);
    if (!asked) co_return no_active_turn(session_id);
    co_return active->turn_id;
}

Task<bool> Conversation::interrupt_active(session::Session session, std::string turn_id) {
    auto deadline = core_.time.mono() + interrupt_patience;
    int refusals = 0;
    while (core_.turns.runs(session.id, turn_id)) {
        std::exception_ptr refused;
        try {
            co_await core_.runtime.interrupt_turn(session.runtime_thread_id, turn_id);
            co_return true;
        } catch (const RuntimeRefusal& refusal) {
            if (refusal.code != "invalid_state") throw;
            refused = std::current_exception();
        }
        bool late = core_.time.mono() >= deadline;
        if (++refusals == refusals_before_reading || late) {
            bool over = co_await settle_if_over(session, turn_id);
            if (over) co_return true;
        }
        if (late) std::rethrow_exception(refused);
        co_await pause_for(core_.time, look_again);
    }
    co_return refusals > 0;  // it ended while we asked
}

/// A turn that the runtime says has ended, and of whose end nobody heard, ends here, too. False: it says otherwise, or nothing.
Task<bool> Conversation::settle_if_over(session::Session session, std::string turn_id) {
    std::optional<TurnView> view;
    try {
        view = co_await core_.runtime.read_turn(session.runtime_thread_id, turn_id);
    } catch (const std::runtime_error& e) {
        log_debug("turn could not be read", {{"sessionId", session.id}, {"turnId", turn_id}, {"error", e.what()}});
    }
    if (!core_.turns.runs(session.id, turn_id)) co_return true;
    if (!view || view->status == TurnStatus::in_progress || !take_up_) co_return false;
    log_warn("end of a turn was not heard", {{"sessionId", session.id}, {"turnId", turn_id}});
    auto taking = take_up_(session, *view);
    co_await std::move(taking);
    turn_found_ended(session.id, turn_id);
    co_return true;
}

void Conversation::turn_found_ended(const std::string& session_id, const std::string& turn_id) {
    bool waits = core_.turns.ended(session_id, turn_id);
    core_.turns.settled(session_id, turn_id);
    turn_settled(session_id, turn_id);
    if (waits) turn_ended(session_id);
}

Task<bool> Conversation::has_ended(std::string session_id, std::string turn_id, Millis limit) {
    auto deadline = core_.time.mono() + limit;
    while (core_.turns.runs(session_id, turn_id)) {
        if (core_.time.mono() >= deadline) co_return false;
        co_await pause_for(core_.time, look_again);
    }
    co_return true;
}

Task<Result<SentMessage>> Conversation::steer(std::string session_id, std::string turn_id, std::string text,
                                               KeepAnswer<SentMessage> keep) {
    auto hold = co_await core_.locks.acquire(session_id);
    auto session = co_await chat(session_id);
    if (!session) co_return session.error();
    if (!core_.turns.runs(session_id, turn_id)) {
        Store& store = core_.ledger.reader();
        auto record = co_await store.record(std::string(turn_kind), session_id, turn_id);
        if (record && !turn_from_json(record->body).open())
            co_return steer_refused("already_resolved", "the turn has ended", session_id, turn_id);
        co_return steer_refused("not_eligible", "the turn is not under way here", session_id, turn_id);
    }
    NewMessage message;
    message.text = std::move(text);
    message.keep = std::move(keep);
    auto message_id = core_.ids.next("msg", core_.now());
    auto added = co_await add_to_turn(*session, message, message_id, turn_id);
    if (added) co_return added;
    if (added.error().code != "invalid_state") co_return added.error();
    co_await take_back(session_id, message, message_id, false);
    co_return steer_refused("conflict", "the turn takes nothing more", session_id, turn_id);
}

/// `invalid_state` from a turn that takes nothing more: then the message is still kept.
Task<Result<SentMessage>> Conversation::add_to_turn(session::Session session, NewMessage message, std::string message_id,
                                                    std::string turn_id) {
    SentMessage joined;
    joined.turn_id = turn_id;
    joined.message_id = message_id;
    joined.steered = true;
    auto kept = co_await keep_sent(session.id, message, joined);
    if (!kept) co_return kept.error();
    Result<void> taken;
    std::exception_ptr failure;
    try {
        co_await core_.runtime.steer_turn(session.runtime_thread_id, turn_id, message.text, message_id);
    } catch (const RuntimeRefusal& refusal) {
        if (refusal.code == "invalid_state") taken = Problem(refusal.code, refusal.what());
        else failure = std::current_exception();
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure) co_await take_back(session.id, message, message_id, is_unsure(failure));
    if (failure) std::rethrow_exception(failure);
    if (!taken) co_return taken.error();
    core_.turns.note_message(session.id, turn_id, message_id);
    co_return joined;
}

}  // namespace lanekeeper
