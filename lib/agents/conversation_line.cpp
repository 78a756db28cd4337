// Conversation: messages that wait for their turn.
#include "agents/conversation.hpp"
#include "agents/records.hpp"
#include "agents/session_records.hpp"
#include "agents/waiting_message.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "transcript/rows.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <set>

namespace lanekeeper {
namespace {

/// Ids of messages whose turn the transcript knows.
std::set<std::string> started_messages(const std::vector<Record>& rows) {
    std::set<std::string> started;
    for (const auto& row : rows) {
        auto entry = transcript::entry_from_json(row.body);
        if (entry.role != transcript::Role::user || !entry.details) continue;
        boost::system::error_code error;
        auto details = json::parse(*entry.details, error);
        if (!error && details.is_object()) started.insert(members::text(details.get_object(), "clientId"));
    }
    return started;
}

Effects take_out(const Record& waiting) {
    Effects effects;
    effects.deletes.emplace_back(waiting.kind, waiting.scope, waiting.key);
    return effects;
}

/// A message that was accepted does not vanish: its row says why it was not sent.
void say_refused(Effects& effects, const std::string& session_id, const std::string& message_id, const std::string& text,
                 const char* why, std::int64_t now) {
    transcript::Entry row;
    row.message_id = message_id;
    row.turn_id = message_id;
    row.role = transcript::Role::user;
    row.type = "userMessage";
    row.content = text;
    row.details = json::serialize(json::object{{"error", why}});
    row.status = transcript::Status::error;
    row.started_at = now;
    row.completed_at = now;
    transcript::upsert_own(effects, session_id, row);
}

}  // namespace

Task<Result<SentMessage>> Conversation::wait_in_line(session::Session session, NewMessage message, std::string message_id) {
    Store& store = core_.ledger.reader();
    auto line = co_await store.records(std::string(waiting_message_kind), session.id, 0, waiting_messages_max);
    if (line.size() >= waiting_messages_max) co_return turn_active(session.id, "");
    Effects effects;
    effects.puts.push_back(put_waiting(session.id, message_id, message));
    auto committed = co_await core_.commit(std::move(effects));
    if (!committed) co_return committed.error();
    core_.turns.set_waiting(session.id, true);
    if (!core_.turns.active(session.id)) turn_ended(session.id);  // it ended while we wrote
    SentMessage sent;
    sent.message_id = message_id;
    sent.queued = true;
    co_return sent;
}

void Conversation::turn_ended(const std::string& session_id) {
    std::weak_ptr<bool> life = life_;
    asio::post(strand_, [this, life, session_id] {
        if (life.expired() || stopping_) return;
        nursery_.start("queued message", start_next(session_id));
    });
}

Task<std::optional<Record>> Conversation::first_waiting(std::string session_id) {
    auto line = co_await all_records(core_.ledger.reader(), std::string(waiting_message_kind), session_id);
    core_.turns.set_waiting(session_id, line.size() > 1);
    auto is_older = [](const Record& a, const Record& b) { return a.key < b.key; };  // one that came back into line keeps its place
    auto first = std::min_element(line.begin(), line.end(), is_older);
    if (first == line.end()) co_return std::nullopt;
    co_return *first;
}

Task<void> Conversation::start_next(std::string session_id) {
    auto hold = co_await core_.locks.acquire(session_id);
    auto session = core_.directory.find(session_id);
    if (!session || session->archived || core_.turns.active(session_id)) co_return;
    auto waiting = co_await first_waiting(session_id);
    if (!waiting) co_return;
    auto message = waiting_from_json(waiting->body);
    bool taken = co_await take_from_line(*waiting, message);
    if (taken) co_await start_taken(*session, waiting->key, message);
    else core_.turns.set_waiting(session_id, true);
}

/// In one commit from the line to those that the runtime is given, before it is: so it starts at most once.
Task<bool> Conversation::take_from_line(Record waiting, NewMessage message) {
    auto effects = take_out(waiting);
    effects.puts.push_back(put_sent(waiting.scope, waiting.key, message));
    try {
        auto taken = co_await core_.commit(std::move(effects));
        co_return taken.has_value();
    } catch (const StorageUnavailable& e) {
        log_warn("queued message has to wait", {{"sessionId", waiting.scope}, {"error", e.what()}});
    }
    co_return false;
}

Task<void> Conversation::start_taken(session::Session session, std::string message_id, NewMessage message) {
    Effects undo;
    undo.deletes.emplace_back(std::string(sent_message_kind), session.id, message_id);
    bool later = false;
    try {
        auto turn = co_await start_turn(session, message, message_id);
        if (turn) co_return;
        later = true;
    } catch (const RuntimeUnavailable& e) {
        log_warn("queued message has to wait", {{"sessionId", session.id}, {"error", e.what()}});
        later = true;
    } catch (const RuntimeRefusal& e) {
        log_warn("queued message was refused", {{"sessionId", session.id}, {"error", e.what()}});
        later = e.code == "invalid_state";
        if (!later) say_refused(undo, session.id, message_id, message.text, e.what(), to_ms(core_.now()));
    }
    if (later) undo.puts.push_back(put_waiting(session.id, message_id, message));
    if (later) core_.turns.set_waiting(session.id, true);
    co_await core_.commit(std::move(undo));
}

// What a process that died had accepted: with a row it is done, without one it is sent again.
Task<void> Conversation::resume_line(std::string session_id) {
    Store& store = core_.ledger.reader();
    auto rows = co_await all_records(store, std::string(transcript::base_kind), session_id);
    auto started = started_messages(rows);
    auto line = co_await all_records(store, std::string(waiting_message_kind), session_id);
    auto sent = co_await all_records(store, std::string(sent_message_kind), session_id);
    Effects effects;
    std::set<std::string> in_line;
    for (const auto& waiting : line)
        if (started.contains(waiting.key)) effects.append(take_out(waiting));
        else in_line.insert(waiting.key);
    for (const auto& record : sent) {
        effects.append(take_out(record));
        bool again = !started.contains(record.key) && !in_line.contains(record.key);
        if (again) effects.puts.push_back(put_waiting(session_id, record.key, waiting_from_json(record.body)));
    }
    if (!effects.empty()) co_await core_.commit(std::move(effects));
}

/// Of a chat that is gone.
Task<void> Conversation::forget_line(std::string session_id) {
    Effects effects;
    effects.deletes.emplace_back(std::string(waiting_message_kind), session_id);
    effects.deletes.emplace_back(std::string(sent_message_kind), session_id);
    co_await core_.commit(std::move(effects));
}

Task<void> Conversation::start() {
    std::set<std::string> chats;
    constexpr std::array kinds = {waiting_message_kind, sent_message_kind};
    for (auto kind : kinds) {
        auto records = co_await all_records_of_kind(core_.ledger.reader(), std::string(kind));
        for (const auto& record : records) chats.insert(record.scope);
    }
    for (const auto& session_id : chats) {
        auto session = core_.directory.find(session_id);
        if (!session) {
            co_await forget_line(session_id);
            continue;
        }
        co_await resume_line(session_id);
        core_.turns.set_waiting(session_id, true);
        turn_ended(session_id);
    }
}

Task<void> Conversation::end() {
    stopping_ = true;
    co_await nursery_.wait_empty();
}

Task<void> Conversation::stop() { return on_strand(strand_, end()); }

}  // namespace lanekeeper
