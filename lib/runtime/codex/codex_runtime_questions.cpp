// CodexRuntime: what the server asks of people.
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/codex/asked.hpp"
#include "runtime/codex/codex_runtime.hpp"

#include <fmt/format.h>

namespace lanekeeper {
namespace {

constexpr std::int64_t no_such_method = -32601;
constexpr std::size_t most_open = 1000;  // more than people can answer: a server that asks without end is declined

}  // namespace

// Each process counts its requests from 0: with its number in front, a key names one question for ever.
std::string CodexRuntime::question_key(const json::value& request_id) const {
    return fmt::format("{}:{}", server_.state().starts, json::serialize(request_id));
}

/// Nothing: somebody will answer.
std::optional<std::string> CodexRuntime::asked(const codex::Message& request) {
    auto without_people = codex::decline(request);
    if (!without_people) return codex::refusal_line(request.request_id, no_such_method, "not supported here");
    RuntimeQuestion question;
    question.key = question_key(request.request_id);
    question.method = request.method;
    question.params = request.params;
    if (request.method == "item/fileChange/requestApproval")
        question.changes = file_changes_.of(members::text(request.params, "threadId"), members::text(request.params, "itemId"));
    auto turn_id = members::text(request.params, "turnId");
    bool of_turn = !turn_id.empty(), wanted = !late_.has(turn_id) && questions_.size() < most_open;
    OpenQuestion open{request.request_id, of_turn ? members::text(request.params, "threadId") : std::string()};
    questions_.emplace(question.key, std::move(open));
    if (wanted && people_.asked && people_.asked(question)) return {};
    questions_.erase(question.key);
    log_info("codex asks and is declined", {{"method", request.method}});
    return codex::reply_line(request.request_id, std::move(*without_people));
}

void CodexRuntime::question_settled(const std::string& key) {
    auto open = questions_.extract(key);  // `key` may be the entry's own
    if (!open.empty() && people_.settled) people_.settled(open.key());
}

// The server does not say of all of them that they are settled when a turn ends without an answer.
void CodexRuntime::questions_of_turn_settled(const std::string& thread_id) {
    std::vector<std::string> keys;
    for (const auto& [key, open] : questions_)
        if (!thread_id.empty() && open.thread_id == thread_id) keys.push_back(key);
    for (const auto& key : keys) question_settled(key);
}

Task<void> CodexRuntime::answer_question(std::string key, json::value answer) {
    auto tell = [this, key = std::move(key), answer = std::move(answer)] {
        auto open = questions_.extract(key);
        if (open.empty()) throw RuntimeRefusal("invalid_state", "the question is settled");
        server_.reply(codex::reply_line(open.mapped().request_id, answer));
        return true;
    };
    co_await call_on(strand_, std::move(tell));
}

}  // namespace lanekeeper
