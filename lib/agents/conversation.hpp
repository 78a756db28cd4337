#pragma once
#include "agents/keep_answer.hpp"
#include "agents/session_core.hpp"
#include "async/nursery.hpp"
#include "async/on_strand.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lanekeeper {

/// What to do with a message while the chat has a turn (api.md 4).
enum class WhenBusy { reject, queue, steer, interrupt };

struct SentMessage {
    SentMessage() = default;
    std::string turn_id;     // empty while it waits, and until the runtime has started one for it
    std::string message_id;  // ours
    bool queued = false;     // durable: starts when the turn has ended, also after a restart
    bool steered = false;    // joined the running turn
};

struct NewMessage {
    NewMessage() = default;
    std::string text;
    std::optional<std::string> model, effort, approval_policy, network_access, filesystem_sandbox;
    WhenBusy when_busy = WhenBusy::reject;
    KeepAnswer<SentMessage> keep;  // committed when the message is accepted, which is before its turn is known
};

/// Users' messages and the turns that they start, one a chat at a time. The manners of `Sessions`. An accepted message is
/// in the store under one of two kinds until its row is: waiting, or given to the runtime ("session_records.hpp"). A chat's
/// waiting messages start in the order of their ids, none while the chat is archived, and are bounded by
/// `waiting_messages_max`; over it, or on a busy chat: `turn_active` {turnId}. One whose time comes while the runtime or the
/// disk is out of order is tried again, after 500 ms at first, then ever later up to 5 s.
///
/// A runtime that dies, or is silent, while it is given a text may have it all the same. Whoever sent it is told of the
/// failure and nothing sends it again by itself; a message of the line, and one that is recalled, is looked up there first.
class Conversation {
public:
    static constexpr std::size_t waiting_messages_max = 20;

    Conversation(asio::any_io_executor executor, SessionCore& core);

    /// Takes up messages that waited over a restart.
    Task<void> start();
    Task<void> stop();

    Task<Result<SentMessage>> send(std::string session_id, NewMessage message);
    /// What became of a message whose sender was not told: its turn, waited for up to 2 s when it is about to start; or that
    /// it waits, where one that the runtime was given and knows nothing of is put back. Nothing: it is not accepted, and may
    /// be sent again. Throws RuntimeUnavailable or StorageUnavailable where only they could tell.
    Task<std::optional<SentMessage>> recall(std::string session_id, std::string message_id);
    /// → the turn's id. `no_active_turn`, also when `turn_id` names another one than the active.
    Task<Result<std::string>> interrupt(std::string session_id, std::optional<std::string> turn_id);
    /// The text is durable, and is in the transcript once, also after a crash (then as a message
    /// of its own, when the turn had not shown it). `already_resolved`, `not_eligible`, `conflict`.
    Task<Result<SentMessage>> steer(std::string session_id, std::string turn_id, std::string text,
                                    KeepAnswer<SentMessage> keep = {});

    /// A turn of this chat has ended, or the chat is back from the archive: what waits may start. Any thread.
    void turn_ended(const std::string& session_id);

    /// The rows of a turn that has ended are written: what it was given and has not shown gets its row. Any thread.
    void turn_settled(const std::string& session_id, const std::string& turn_id);

    /// The rows of a turn whose end nobody heard are written: it is over for everybody. Any thread.
    void turn_found_ended(const std::string& session_id, const std::string& turn_id);

    /// Writes the rows of a turn that has ended without anybody here to hear it. Set before `start`.
    using TakeUpTurn = std::function<Task<void>(session::Session, TurnView)>;
    void set_take_up(TakeUpTurn take_up) { take_up_ = std::move(take_up); }

private:
    struct Retry {
        MonoTime due{};
        int failures = 0;
    };

    Task<Result<session::Session>> chat(std::string session_id);
    Task<Result<SentMessage>> send_now(session::Session session, NewMessage message, std::string message_id);
    Task<Result<SentMessage>> send_busy(session::Session session, NewMessage message, std::string message_id,
                                        TurnTracker::Active active);
    Task<Result<SentMessage>> wait_in_line(session::Session session, NewMessage message, std::string message_id);
    Task<Result<SentMessage>> join_turn(session::Session session, NewMessage message, std::string message_id,
                                        std::string turn_id);
    Task<Result<SentMessage>> add_to_turn(session::Session session, NewMessage message, std::string message_id,
                                          std::string turn_id);
    Task<Result<SentMessage>> give(session::Session session, NewMessage message, std::string message_id);
    Task<Result<void>> keep_sent(std::string session_id, NewMessage message, SentMessage sent);
    Task<void> take_back(std::string session_id, NewMessage message, std::string message_id, bool unsure);
    Task<std::optional<SentMessage>> fate_of(std::string session_id, std::string message_id);
    Task<std::optional<std::string>> turn_of(session::Session session, std::string message_id);
    Task<std::optional<std::string>> known_turn_of(std::string session_id, std::string message_id);
    Task<Result<std::string>> start_turn(session::Session session, NewMessage message, std::string message_id);
    Task<bool> interrupt_active(session::Session session, std::string turn_id);
    Task<bool> settle_if_over(session::Session session, std::string turn_id);
    Task<bool> has_ended(std::string session_id, std::string turn_id, Millis limit);
    void owe(const std::string& session_id, Effects effects);
    Task<void> pay(std::string session_id);
    Task<void> start_next(std::string session_id);
    Task<bool> must_try_again(std::string session_id);
    Task<bool> take_from_line(Record waiting, NewMessage message);
    Task<bool> start_taken(session::Session session, std::string message_id, NewMessage message);
    void retry_later(const std::string& session_id);
    Task<void> retry_while_due();
    Task<void> resume_line(std::string session_id);
    Task<void> forget_line(std::string session_id);
    Task<std::vector<Record>> waiting_line(std::string session_id);
    Task<void> show_unheard(std::string session_id, std::string turn_id, std::vector<std::string> messages);

    Task<void> end();

    Strand strand_;
    SessionCore& core_;
    Nursery nursery_;
    TakeUpTurn take_up_;
    // on the strand
    std::map<std::string, Effects> owed_;   // by chat: what the store would not take when it had to
    std::map<std::string, Retry> retries_;  // by chat
    std::unique_ptr<Alarm> retry_alarm_;
    bool retrying_ = false;
    bool stopping_ = false;
    std::shared_ptr<bool> life_ = std::make_shared<bool>();  // what was posted asks whether we are still there
};

}  // namespace lanekeeper
