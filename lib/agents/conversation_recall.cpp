// Conversation: what is known of a message on its way from its sender to its row.
#include "agents/conversation.hpp"
#include "agents/records.hpp"
#include "agents/session_records.hpp"
#include "agents/waiting_message.hpp"
#include "base/log.hpp"
#include "base/members.hpp"

#include <boost/asio/post.hpp>

#include <array>
#include <set>

namespace lanekeeper {
namespace {

constexpr Millis ask_again{50};
constexpr Millis row_patience{2000};

}  // namespace

/// Before the runtime is given it; the commit of its row removes it.
Task<Result<void>> Conversation::keep_sent(std::string session_id, NewMessage message, SentMessage sent) {
    Effects effects;
    effects.puts.push_back(put_sent(session_id, sent.message_id, message));
    if (message.keep) effects.puts.push_back(message.keep(sent));
    co_return co_await core_.commit(std::move(effects));
}

/// Nothing sends it any more. It is not accepted after all, or, `unsure`, perhaps: then a repetition has to find out.
Task<void> Conversation::take_back(std::string session_id, NewMessage message, std::string message_id, bool unsure) {
    Effects effects;
    effects.deletes.emplace_back(std::string(sent_message_kind), session_id, message_id);
    if (message.keep && !unsure) {
        auto answer = message.keep(SentMessage());
        effects.deletes.emplace_back(answer.kind, answer.scope, answer.key);
    }
    auto owed = effects;
    try {
        co_await core_.commit(std::move(effects));
        co_return;
    } catch (const StorageUnavailable& e) {
        log_warn("refused message is taken back later", {{"sessionId", session_id}, {"error", e.what()}});
    }
    owe(session_id, std::move(owed));
}

/// To be committed as soon as the store takes it; before anybody asks for a message of this chat, too.
void Conversation::owe(const std::string& session_id, Effects effects) {
    std::weak_ptr<bool> life = life_;
    asio::post(strand_, [this, life, session_id, effects = std::move(effects)]() mutable {
        if (life.expired() || stopping_) return;
        owed_[session_id].append(std::move(effects));
        retry_later(session_id);
    });
}

Task<void> Conversation::pay(std::string session_id) {
    auto found = owed_.find(session_id);
    if (found == owed_.end()) co_return;
    auto owed = std::move(found->second);
    owed_.erase(found);
    auto copy = owed;
    std::exception_ptr failure;
    try {
        co_await core_.commit(std::move(copy));
    } catch (const StorageUnavailable&) {
        failure = std::current_exception();
    }
    if (!failure) co_return;
    owed.append(std::move(owed_[session_id]));  // what came meanwhile is younger
    owed_[session_id] = std::move(owed);
    std::rethrow_exception(failure);
}

Task<std::optional<std::string>> Conversation::known_turn_of(std::string session_id, std::string message_id) {
    auto record = co_await core_.ledger.reader().record(std::string(begun_message_kind), session_id, message_id);
    if (!record) co_return std::nullopt;
    co_return members::text(record->body, "turnId");
}

/// From the store or, where that does not know, from the runtime; then it is kept, and so are the turn's rows.
Task<std::optional<std::string>> Conversation::turn_of(session::Session session, std::string message_id) {
    auto known = co_await known_turn_of(session.id, message_id);
    if (known) co_return known;
    auto view = co_await core_.runtime.turn_of_message(session.runtime_thread_id, message_id);
    if (!view) co_return std::nullopt;
    bool over = view->status != TurnStatus::in_progress && !core_.turns.runs(session.id, view->turn_id);
    if (over && take_up_) {
        auto taking = take_up_(session, *view);
        co_await std::move(taking);
    }
    Effects effects;
    message_began(effects, session.id, message_id, view->turn_id, core_.now());
    co_await core_.commit(std::move(effects));
    co_return view->turn_id;
}

/// While the chat is held, a message moves only forward, from any of its records to the turn's, which is read last.
Task<std::optional<SentMessage>> Conversation::fate_of(std::string session_id, std::string message_id) {
    auto hold = co_await core_.locks.acquire(session_id);
    auto paying = pay(session_id);
    co_await on_strand(strand_, std::move(paying));
    auto session = core_.directory.find(session_id);
    if (!session) co_return std::nullopt;
    bool has_turn = core_.turns.visible(session_id).has_value();
    Store& store = core_.ledger.reader();
    auto given = co_await store.record(std::string(sent_message_kind), session_id, message_id);
    auto waiting = co_await store.record(std::string(waiting_message_kind), session_id, message_id);
    bool coming = waiting || (given && has_turn);
    std::optional<std::string> turn;
    if (coming) turn = co_await known_turn_of(session_id, message_id);
    else turn = co_await turn_of(*session, message_id);
    if (!turn && !given && !waiting) co_return std::nullopt;
    SentMessage sent;
    sent.message_id = message_id;
    sent.turn_id = turn.value_or("");
    sent.queued = !turn;
    if (turn || coming) co_return sent;
    Effects back;  // nobody else would send it, or say what became of it
    back.deletes.emplace_back(given->kind, given->scope, given->key);
    back.puts.push_back(put_waiting(session_id, message_id, waiting_from_json(given->body)));
    auto committed = co_await core_.commit(std::move(back));
    if (!committed) co_return std::nullopt;
    core_.turns.set_waiting(session_id, true);
    turn_ended(session_id);
    co_return sent;
}

Task<std::optional<SentMessage>> Conversation::recall(std::string session_id, std::string message_id) {
    auto deadline = core_.time.mono() + row_patience;
    while (true) {
        auto fate = co_await fate_of(session_id, message_id);
        bool settled = !fate || !fate->turn_id.empty();
        if (settled || core_.time.mono() >= deadline) co_return fate;
        co_await pause_for(core_.time, ask_again);
    }
}

// What a process that died had accepted: with a row it is done, without one it is looked up, and perhaps sent again.
Task<void> Conversation::resume_line(std::string session_id) {
    auto sent = co_await all_records(core_.ledger.reader(), std::string(sent_message_kind), session_id);
    Effects effects;
    for (const auto& record : sent) {
        effects.deletes.emplace_back(record.kind, record.scope, record.key);
        auto turn = co_await known_turn_of(session_id, record.key);
        if (!turn) effects.puts.push_back(put_waiting(session_id, record.key, waiting_from_json(record.body), true));
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

}  // namespace lanekeeper
