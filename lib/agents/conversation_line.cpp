// Conversation: messages that wait for their turn.
#include "agents/conversation.hpp"
#include "agents/records.hpp"
#include "agents/session_records.hpp"
#include "agents/waiting_message.hpp"
#include "base/log.hpp"
#include "transcript/rows.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

constexpr Millis first_retry{500};
constexpr Millis last_retry{5000};  // while the runtime is down a try costs a look at it

Millis patience_after(int failures) {
    auto patience = first_retry;
    for (int i = 0; i < failures && patience < last_retry; ++i) patience *= 2;
    return std::min(patience, last_retry);
}

Effects take_out(std::string_view kind, const std::string& session_id, const std::string& message_id) {
    Effects effects;
    effects.deletes.emplace_back(std::string(kind), session_id, message_id);
    return effects;
}

/// A message that was accepted does not vanish: its row says why it was not sent.
void say_refused(Effects& effects, const std::string& session_id, const std::string& message_id, const std::string& text,
                 const char* why, WallTime now) {
    auto row = message_row(message_id, message_id, text, now);
    row.details = json::serialize(json::object{{"error", why}});
    row.status = transcript::Status::error;
    transcript::upsert_own(effects, session_id, row);
}

void log_wait(const std::string& session_id, const char* why) {
    log_warn("queued message has to wait", {{"sessionId", session_id}, {"error", why}});
}

}  // namespace

Task<Result<SentMessage>> Conversation::wait_in_line(session::Session session, NewMessage message, std::string message_id) {
    Store& store = core_.ledger.reader();
    auto line = co_await store.records(std::string(waiting_message_kind), session.id, 0, waiting_messages_max);
    if (line.size() >= waiting_messages_max) co_return turn_active(session.id, "");
    Effects effects;
    effects.puts.push_back(put_waiting(session.id, message_id, message));
    SentMessage sent;
    sent.message_id = message_id;
    sent.queued = true;
    if (message.keep) effects.puts.push_back(message.keep(sent));
    auto committed = co_await core_.commit(std::move(effects));
    if (!committed) co_return committed.error();
    core_.turns.set_waiting(session.id, true);
    if (!core_.turns.active(session.id)) turn_ended(session.id);  // it ended while we wrote
    co_return sent;
}

void Conversation::turn_ended(const std::string& session_id) {
    std::weak_ptr<bool> life = life_;
    asio::post(strand_, [this, life, session_id] {
        if (life.expired() || stopping_) return;
        nursery_.start("queued message", start_next(session_id));
    });
}

/// Who waits, the next one first.
Task<std::vector<Record>> Conversation::waiting_line(std::string session_id) {
    auto line = co_await all_records(core_.ledger.reader(), std::string(waiting_message_kind), session_id);
    core_.turns.set_waiting(session_id, !line.empty());
    auto is_older = [](const Record& a, const Record& b) { return a.key < b.key; };  // one that came back into line keeps its place
    std::sort(line.begin(), line.end(), is_older);
    co_return line;
}

Task<void> Conversation::start_next(std::string session_id) {
    bool again = true;
    try {
        again = co_await must_try_again(session_id);
    } catch (const std::exception& e) {  // whatever it was, the chats behind this one go on
        log_wait(session_id, e.what());
    }
    if (again && !stopping_) retry_later(session_id);
    else retries_.erase(session_id);
}

/// True when something is left to do that nobody else will ask for.
Task<bool> Conversation::must_try_again(std::string session_id) {
    auto hold = co_await core_.locks.acquire(session_id);
    co_await pay(session_id);
    auto session = core_.directory.find(session_id);
    if (!session || session->archived || core_.turns.active(session_id)) co_return false;
    if (!core_.runtime.available()) co_return core_.turns.has_waiting(session_id) || retries_.contains(session_id);
    auto line = co_await waiting_line(session_id);
    if (line.empty()) co_return false;
    const Record& next = line.front();
    auto message = waiting_from_json(next.body);
    if (is_unsure(next.body)) {
        auto turn = co_await turn_of(*session, next.key);
        if (turn) co_return true;  // it is out of the line; for the next one
    }
    core_.turns.set_waiting(session_id, line.size() > 1);  // who is behind it is to be known before its turn ends
    bool taken = co_await take_from_line(next, message);
    if (!taken) {
        core_.turns.set_waiting(session_id, true);
        co_return true;
    }
    co_return co_await start_taken(*session, next.key, message);
}

/// In one commit from the line to those that the runtime is given, before it is: so it starts at most once.
Task<bool> Conversation::take_from_line(Record waiting, NewMessage message) {
    auto effects = take_out(waiting_message_kind, waiting.scope, waiting.key);
    effects.puts.push_back(put_sent(waiting.scope, waiting.key, message));
    try {
        auto taken = co_await core_.commit(std::move(effects));
        co_return taken.has_value();
    } catch (const StorageUnavailable& e) {
        log_wait(waiting.scope, e.what());
    }
    co_return false;
}

/// True when it has to be tried again: it is back in its place.
Task<bool> Conversation::start_taken(session::Session session, std::string message_id, NewMessage message) {
    auto undo = take_out(sent_message_kind, session.id, message_id);
    std::exception_ptr failure;
    bool later = true;
    try {
        auto turn = co_await start_turn(session, message, message_id);
        if (turn) co_return false;
    } catch (const RuntimeRefusal& e) {
        failure = std::current_exception();
        later = is_unsure(failure) || e.code == "invalid_state";
        log_warn(later ? "queued message has to wait" : "queued message was refused",
                 {{"sessionId", session.id}, {"error", e.what()}});
        if (!later) say_refused(undo, session.id, message_id, message.text, e.what(), core_.now());
    } catch (const std::runtime_error& e) {
        failure = std::current_exception();
        log_wait(session.id, e.what());
    }
    if (later) undo.puts.push_back(put_waiting(session.id, message_id, message, is_unsure(failure)));
    if (later) core_.turns.set_waiting(session.id, true);
    owed_[session.id].append(std::move(undo));
    co_await pay(session.id);
    co_return later || core_.turns.has_waiting(session.id);
}

void Conversation::retry_later(const std::string& session_id) {
    auto& retry = retries_[session_id];
    retry.due = core_.time.mono() + patience_after(retry.failures++);
    if (!std::exchange(retrying_, true)) nursery_.start("queued messages again", retry_while_due());
    retry_alarm_->wake();
}

Task<void> Conversation::retry_while_due() {
    auto is_sooner = [](const auto& a, const auto& b) { return a.second.due < b.second.due; };
    while (!stopping_ && !retries_.empty()) {
        auto next = std::min_element(retries_.begin(), retries_.end(), is_sooner);
        auto due = next->second.due;
        if (due > core_.time.mono()) {
            co_await retry_alarm_->wait_until(due);
            continue;
        }
        next->second.due = MonoTime::max();  // until this try says otherwise
        auto session_id = next->first;
        co_await start_next(session_id);
    }
    retrying_ = false;
}

Task<void> Conversation::end() {
    stopping_ = true;
    retry_alarm_->wake();
    co_await nursery_.wait_empty();
}

Task<void> Conversation::stop() { return on_strand(strand_, end()); }

}  // namespace lanekeeper
