// Conversation: messages of turns that ended before the runtime had shown them.
#include "agents/conversation.hpp"
#include "agents/session_records.hpp"
#include "agents/waiting_message.hpp"
#include "base/log.hpp"
#include "transcript/rows.hpp"

#include <boost/asio/post.hpp>

namespace lanekeeper {
namespace {

/// As its item would have: among the rows of its turn, in the order of the conversation.
void put_row(Effects& effects, const std::string& session_id, const transcript::Entry& row) {
    effects.puts.push_back(transcript::put_base(session_id, row));
    effects.events.push_back(transcript::updated_event(session_id, row, Audience::thread, effects.puts.size() - 1));
}

}  // namespace

void Conversation::turn_settled(const std::string& session_id, const std::string& turn_id) {
    auto messages = core_.turns.take_messages(turn_id);
    if (messages.empty()) return;
    std::weak_ptr<bool> life = life_;
    asio::post(strand_, [this, life, session_id, turn_id, messages = std::move(messages)]() mutable {
        if (life.expired() || stopping_) return;
        nursery_.start("unheard messages", show_unheard(session_id, turn_id, std::move(messages)));
    });
}

/// A process that dies a moment after it took a text has no trace of it: the text was accepted, so it has its row.
Task<void> Conversation::show_unheard(std::string session_id, std::string turn_id, std::vector<std::string> messages) {
    auto hold = co_await core_.locks.acquire(session_id);
    for (const auto& message_id : messages) {
        auto given = co_await core_.ledger.reader().record(std::string(sent_message_kind), session_id, message_id);
        if (!given) continue;
        log_info("message was not shown by its turn", {{"sessionId", session_id}, {"turnId", turn_id}});
        auto now = core_.now();
        auto message = waiting_from_json(given->body);
        auto row = message_row(message_id, turn_id, message.text, now);
        row.details = json::serialize(json::object{{"clientId", message_id}});
        Effects effects;
        put_row(effects, session_id, row);
        message_began(effects, session_id, message_id, turn_id, now);
        owed_[session_id].append(std::move(effects));
    }
    if (!owed_.contains(session_id)) co_return;
    try {
        co_await pay(session_id);
        co_return;
    } catch (const StorageUnavailable& e) {
        log_warn("message is shown later", {{"sessionId", session_id}, {"error", e.what()}});
    }
    retry_later(session_id);
}

}  // namespace lanekeeper
