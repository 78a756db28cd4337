#include "agents/conversation.hpp"

#include "agents/session_records.hpp"
#include "agents/waiting_message.hpp"
#include "base/log.hpp"
#include "session/guard.hpp"

namespace lanekeeper {
namespace {

constexpr Millis end_patience{5000};  // of a message that interrupts, with the turn that it interrupted

TurnRequest turn_request(const session::Session& session, const NewMessage& message, const std::string& message_id) {
    TurnRequest request;
    request.thread_id = session.runtime_thread_id;
    request.text = message.text;
    request.client_message_id = message_id;
    request.model = message.model ? message.model : session.controls.model;
    request.effort = message.effort;
    request.approval_policy = message.approval_policy.value_or(session.controls.approval_policy);
    request.sandbox = message.filesystem_sandbox.value_or(session.controls.filesystem_sandbox);
    request.network_access = message.network_access.value_or(session.controls.network_access);
    return request;
}

Problem archived(const std::string& session_id) {
    return {"invalid_state", "the chat is archived", json::object{{"sessionId", session_id}}};
}

}  // namespace

Conversation::Conversation(asio::any_io_executor executor, SessionCore& core)
    : strand_(asio::make_strand(executor)), core_(core), nursery_(strand_, "conversation"),
      retry_alarm_(core.time.alarm(strand_)) {}

Task<Result<session::Session>> Conversation::chat(std::string session_id) {
    auto allowed = session::require_user_session(core_.directory, session_id);
    if (!allowed) co_return allowed.error();
    auto session = core_.directory.find(session_id);
    if (!session) co_return session::session_not_found(session_id);
    co_return *session;
}

Task<Result<SentMessage>> Conversation::send(std::string session_id, NewMessage message) {
    auto hold = co_await core_.locks.acquire(session_id);
    auto session = co_await chat(session_id);
    if (!session) co_return session.error();
    if (session->archived) co_return archived(session_id);
    auto message_id = core_.ids.next("msg", core_.now());
    auto active = core_.turns.active(session_id);
    if (active) co_return co_await send_busy(*session, message, message_id, *active);
    bool has_line = message.when_busy == WhenBusy::queue && core_.turns.has_waiting(session_id);
    if (has_line) co_return co_await wait_in_line(*session, message, message_id);
    co_return co_await send_now(*session, message, message_id);
}

Task<Result<SentMessage>> Conversation::send_now(session::Session session, NewMessage message, std::string message_id) {
    SentMessage sent;
    sent.message_id = message_id;
    auto kept = co_await keep_sent(session.id, message, sent);
    if (!kept) co_return kept.error();
    co_return co_await give(session, message, message_id);
}

/// A message that is kept already.
Task<Result<SentMessage>> Conversation::give(session::Session session, NewMessage message, std::string message_id) {
    SentMessage sent;
    sent.message_id = message_id;
    Result<std::string> turn_id = std::string();
    std::exception_ptr failure;
    try {
        turn_id = co_await start_turn(session, message, message_id);
    } catch (...) {
        failure = std::current_exception();
    }
    if (failure || !turn_id) co_await take_back(session.id, message, message_id, is_unsure(failure));
    if (failure) std::rethrow_exception(failure);
    if (!turn_id) co_return turn_id.error();
    sent.turn_id = *turn_id;
    co_return sent;
}

Task<Result<SentMessage>> Conversation::send_busy(session::Session session, NewMessage message, std::string message_id,
                                                  TurnTracker::Active active) {
    switch (message.when_busy) {
        case WhenBusy::reject: co_return turn_active(session.id, active.turn_id);
        case WhenBusy::queue: co_return co_await wait_in_line(session, message, message_id);
        case WhenBusy::steer: co_return co_await join_turn(session, message, message_id, active.turn_id);
        case WhenBusy::interrupt: break;
    }
    bool over = co_await interrupt_active(session, active.turn_id);
    if (over) over = co_await has_ended(session.id, active.turn_id, end_patience);
    if (!over) co_return turn_active(session.id, active.turn_id);
    co_return co_await send_now(session, message, message_id);
}

Task<Result<SentMessage>> Conversation::join_turn(session::Session session, NewMessage message, std::string message_id,
                                                  std::string turn_id) {
    auto added = co_await add_to_turn(session, message, message_id, turn_id);
    if (!added && added.error().code == "invalid_state") co_return co_await give(session, message, message_id);
    co_return added;
}

Task<Result<std::string>> Conversation::start_turn(session::Session session, NewMessage message, std::string message_id) {
    if (!core_.turns.reserve(session.id)) {
        auto active = core_.turns.active(session.id);
        co_return turn_active(session.id, active ? active->turn_id : std::string());
    }
    TurnTracker::Reservation reservation(core_.turns, session.id);
    auto request = turn_request(session, message, message_id);
    std::string turn_id;
    bool lost = false;
    try {
        turn_id = co_await core_.runtime.start_turn(request);
    } catch (const RuntimeRefusal& refusal) {
        lost = refusal.code != "invalid_state" && refusal.code != "runtime_timeout";
        if (!lost) throw;
        log_info("turn was refused", {{"sessionId", session.id}, {"error", refusal.what()}});
    }
    if (lost) {  // perhaps the thread is: once more on one that exists
        auto thread = co_await core_.ensure_thread(session);
        if (!thread) co_return thread.error();
        request.thread_id = *thread;
        turn_id = co_await core_.runtime.start_turn(request);
    }
    core_.turns.begin(session.id, turn_id);
    core_.turns.note_message(session.id, turn_id, message_id);
    co_return turn_id;
}

}  // namespace lanekeeper
