#include "agents/questions.hpp"

#include "agents/notice.hpp"
#include "agents/records.hpp"
#include "agents/session_core.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/call_on.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {
namespace {

const char* id_prefix(QuestionKind kind) {
    if (kind == QuestionKind::approval) return "approval";
    return kind == QuestionKind::tool_input ? "input" : "call";
}

/// The same in the runtime's own words.
EventDraft request_event(const Question& question, const session::Session& session) {
    auto params = question.params;
    params["threadId"] = session.id;
    AppServerSignal signal("request", question.method, members::text(params, "turnId"));
    return {app_server_type(question.method), session.id, app_server_payload(signal, params, session, question.created_at)};
}

/// That it waits; who tells that it is settled takes it away.
RecordPut open_mark(const Question& question) {
    json::object body{{"asked", asked_event(question.kind)}};
    if (const auto* turn = question.params.if_contains("turnId")) body["turnId"] = *turn;
    return {std::string(open_question_kind), question.session_id, question.id, std::move(body)};
}

Question marked(const Record& mark) {
    Question question;
    question.id = mark.key;
    question.session_id = mark.scope;
    if (const auto* turn = mark.body.if_contains("turnId")) question.params["turnId"] = *turn;
    for (auto kind : {QuestionKind::tool_input, QuestionKind::tool_call})
        if (asked_event(kind) == members::text(mark.body, "asked")) question.kind = kind;
    return question;
}

Effects settled_news(const Question& question, std::string_view status, const json::value& decision) {
    Effects news;
    news.events.emplace_back(std::string(settled_event(question.kind)), question.session_id, settled_json(question, status, decision));
    news.deletes.emplace_back(std::string(open_question_kind), question.session_id, question.id);
    return news;
}

}  // namespace

Questions::Questions(asio::any_io_executor executor, Sessions& sessions)
    : strand_(asio::make_strand(executor)), core_(sessions.core()), nursery_(strand_, "questions") {
    QuestionListener people;
    people.asked = [this](const RuntimeQuestion& question) { return asked(question); };
    people.settled = [this, life = std::weak_ptr<bool>(life_)](const std::string& key) {
        asio::post(strand_, [this, life, key] {
            if (!life.expired()) expire(key);
        });
    };
    core_.runtime.set_question_listener(std::move(people));
}

Task<void> Questions::start() { return on_strand(strand_, expire_left()); }
Task<void> Questions::stop() { return on_strand(strand_, nursery_.wait_empty()); }

bool Questions::asked(const RuntimeQuestion& asked) {
    auto kind = question_kind(asked.method);
    auto session_id = core_.directory.by_runtime_thread(members::text(asked.params, "threadId"));
    auto session = session_id ? core_.directory.find(*session_id) : std::nullopt;
    if (!kind || !session || session->system_owned) return false;
    Question question;
    question.id = core_.ids.next(id_prefix(*kind), core_.now());
    question.key = asked.key;
    question.kind = *kind;
    question.session_id = *session_id;
    question.method = asked.method;
    question.params = asked.params;
    question.changes = asked.changes;
    question.created_at = core_.now();
    std::weak_ptr<bool> life = life_;
    asio::post(strand_, [this, life, question = std::move(question)]() mutable {
        if (!life.expired()) wait_for_people(std::move(question));
    });
    return true;
}

void Questions::wait_for_people(Question question) {
    Effects news;
    auto session = core_.directory.find(question.session_id);
    if (session) news.events.push_back(request_event(question, *session));
    news.events.emplace_back(std::string(asked_event(question.kind)), question.session_id, to_json(question));
    news.puts.push_back(open_mark(question));
    tell(std::move(news));
    auto id = question.id;
    waiting_.emplace(std::move(id), std::move(question));
}

void Questions::expire(const std::string& key) {
    auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const auto& entry) { return entry.second.key == key; });
    if (found == waiting_.end()) return;
    auto question = std::move(found->second);
    waiting_.erase(found);
    remember_settled(question);
    tell_settled(question, "expired", json::value());
}

void Questions::remember_settled(const Question& question) {
    settled_.emplace(question.id, question.session_id);
    settled_order_.push_back(question.id);
    if (settled_order_.size() > settled_remembered) {
        settled_.erase(settled_order_.front());
        settled_order_.pop_front();
    }
}

void Questions::tell_settled(const Question& question, std::string_view status, const json::value& decision) {
    tell(settled_news(question, status, decision));
}

void Questions::tell(Effects news) {
    nursery_.start("news of a question", commit_news(std::move(news)));
}

Task<void> Questions::commit_news(Effects news) {
    try {
        co_await core_.commit(std::move(news));
    } catch (const StorageUnavailable& e) {  // lists tell it, too
        log_warn("news of a question are lost", {{"error", e.what()}});
    }
}

Task<void> Questions::expire_left() {
    auto reading = all_records_of_kind(core_.ledger.reader(), std::string(open_question_kind));
    auto marks = co_await std::move(reading);
    for (const auto& mark : marks) {
        auto question = marked(mark);
        remember_settled(question);
        auto news = settled_news(question, "expired", json::value());
        if (!core_.directory.find(question.session_id)) news.events.clear();
        auto telling = commit_news(std::move(news));
        co_await std::move(telling);
    }
}

Task<json::array> Questions::waiting(std::string session_id, QuestionKind kind) {
    auto look = [this, session_id = std::move(session_id), kind] {
        json::array list;
        for (const auto& [id, question] : waiting_)
            if (question.kind == kind && question.session_id == session_id) list.push_back(to_json(question));
        return list;
    };
    return call_on(strand_, std::move(look));
}

Task<std::optional<Question>> Questions::find(std::string id) {
    auto look = [this, id = std::move(id)] {
        auto found = waiting_.find(id);
        return found == waiting_.end() ? std::optional<Question>() : std::optional<Question>(found->second);
    };
    return call_on(strand_, std::move(look));
}

Task<Result<Question>> Questions::answer(std::string id, QuestionKind kind, json::object body) {
    return on_strand(strand_, answer_here(std::move(id), kind, std::move(body)));
}

Problem Questions::nobody_waits(const std::string& id, QuestionKind kind) const {
    json::object details;
    details[id_member(kind)] = id;
    auto found = settled_.find(id);
    if (found == settled_.end()) return {"not_found", "nothing of this id waits for an answer", std::move(details)};
    details["threadId"] = found->second;
    return {"reconciled", "this is settled", std::move(details)};
}

// It is settled before the runtime is told: a second answer finds it so, also while the first is on its way.
Task<Result<Question>> Questions::answer_here(std::string id, QuestionKind kind, json::object body) {
    auto found = waiting_.find(id);
    if (found == waiting_.end() || found->second.kind != kind) co_return nobody_waits(id, kind);
    auto question = std::move(found->second);
    waiting_.erase(found);
    remember_settled(question);
    auto in_its_terms = answer_to(question, body);
    bool late = false;
    try {
        co_await core_.runtime.answer_question(question.key, in_its_terms);
    } catch (const RuntimeRefusal&) {
        late = true;
    }
    auto decision = members::text_or_nothing(body, "decision");
    if (late) tell_settled(question, "expired", json::value());
    else tell_settled(question, "answered", members::or_null(decision));
    if (late) co_return nobody_waits(id, kind);
    co_return question;
}

}  // namespace lanekeeper
