#pragma once
#include "agents/session_core.hpp"
#include "async/nursery.hpp"
#include "async/on_strand.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lanekeeper {

/// What to do with a message while the chat has a turn (api.md 4).
enum class WhenBusy { reject, queue, steer, interrupt };

struct NewMessage {
    NewMessage() = default;
    std::string text;
    std::optional<std::string> model, effort, approval_policy, network_access, filesystem_sandbox;
    WhenBusy when_busy = WhenBusy::reject;
};

struct SentMessage {
    SentMessage() = default;
    std::string turn_id;     // empty while it waits
    std::string message_id;  // ours
    bool queued = false;     // durable: starts when the turn has ended, also after a restart
    bool steered = false;    // joined the running turn
};

/// Users' messages and the turns that they start, one a chat at a time. The manners of `Sessions`. An accepted message is
/// in the store under one of two kinds until its row is: waiting, or given to the runtime ("session_records.hpp"). A chat's
/// waiting messages start in the order of their ids, none while the chat is archived, and are bounded by `waiting_messages_max`; over it, or on a busy chat: `turn_active` {turnId}.
class Conversation {
public:
    static constexpr std::size_t waiting_messages_max = 20;

    Conversation(asio::any_io_executor executor, SessionCore& core);

    /// Takes up messages that waited over a restart.
    Task<void> start();
    Task<void> stop();

    Task<Result<SentMessage>> send(std::string session_id, NewMessage message);
    /// → the turn's id. `no_active_turn`, also when `turn_id` names another one than the active.
    Task<Result<std::string>> interrupt(std::string session_id, std::optional<std::string> turn_id);
    /// → details of the result: the text is durable, and is in the transcript once, also after a crash (then as a message
    /// of its own, when the turn had not shown it). `already_resolved`, `not_eligible`, `conflict`.
    Task<Result<json::object>> steer(std::string session_id, std::string turn_id, std::string text);

    /// A turn of this chat has ended, or the chat is back from the archive: what waits may start. Any thread.
    void turn_ended(const std::string& session_id);

private:
    Task<Result<session::Session>> chat(std::string session_id);
    Task<Result<SentMessage>> send_now(session::Session session, NewMessage message, std::string message_id);
    Task<Result<SentMessage>> send_busy(session::Session session, NewMessage message, std::string message_id,
                                        TurnTracker::Active active);
    Task<Result<SentMessage>> wait_in_line(session::Session session, NewMessage message, std::string message_id);
    Task<Result<SentMessage>> join_turn(session::Session session, NewMessage message, std::string message_id,
                                        std::string turn_id);
    Task<Result<void>> add_to_turn(session::Session session, NewMessage message, std::string message_id, std::string turn_id);
    Task<Result<void>> keep_sent(std::string session_id, NewMessage message, std::string message_id);
    Task<void> take_back(std::string session_id, std::string message_id);
    Task<Result<std::string>> start_turn(session::Session session, NewMessage message, std::string message_id);
    Task<bool> interrupt_active(session::Session session, std::string turn_id);
    Task<bool> has_ended(std::string session_id, std::string turn_id, Millis limit);
    Task<void> start_next(std::string session_id);
    Task<bool> take_from_line(Record waiting, NewMessage message);
    Task<void> start_taken(session::Session session, std::string message_id, NewMessage message);
    Task<void> resume_line(std::string session_id);
    Task<void> forget_line(std::string session_id);
    Task<std::optional<Record>> first_waiting(std::string session_id);

    Task<void> end();

    Strand strand_;
    SessionCore& core_;
    Nursery nursery_;
    bool stopping_ = false;                                // on the strand
    std::shared_ptr<bool> life_ = std::make_shared<bool>();  // what was posted asks whether we are still there
};

}  // namespace lanekeeper
