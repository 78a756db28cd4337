#include "agents/turn_signal.hpp"

#include "agents/quota.hpp"
#include "base/members.hpp"

namespace lanekeeper {
namespace {

std::optional<TurnStatus> turn_status(std::string_view word) {
    for (auto status : {TurnStatus::in_progress, TurnStatus::completed, TurnStatus::interrupted, TurnStatus::failed})
        if (to_word(status) == word) return status;
    return {};
}

void read_message(TurnSignal& signal, const json::object& item) {
    if (members::text(item, "type") != "agentMessage") return;
    signal.text = members::text(item, "text");
    signal.source = members::text(item, "source");
}

void read_error(TurnSignal& signal, const json::object& turn) {
    const auto* error = members::object(turn, "error");
    if (!error) return;
    signal.error = members::text(*error, "message");
    signal.quota = is_quota(*error);
}

std::optional<TurnSignal> read_turn_notice(TurnSignal signal, const json::object& params, bool ended) {
    const auto* turn = members::object(params, "turn");
    if (!turn) return {};
    signal.turn_id = members::text(*turn, "id");
    if (!ended) return signal;
    signal.kind = TurnSignal::Kind::ended;
    auto status = turn_status(members::text(*turn, "status"));
    if (!status || *status == TurnStatus::in_progress) return {};
    signal.status = *status;
    read_error(signal, *turn);
    if (const auto* items = members::array(*turn, "items"))
        for (const auto& item : *items)
            if (const auto* object = item.if_object()) read_message(signal, *object);
    return signal;
}

std::optional<TurnSignal> read_trouble(TurnSignal signal, const json::object& params) {
    signal.kind = TurnSignal::Kind::trouble;
    read_error(signal, params);
    return signal;
}

std::optional<TurnSignal> read_item_notice(TurnSignal signal, const json::object& params, bool ended) {
    const auto* item = members::object(params, "item");
    if (!item) return {};
    signal.kind = TurnSignal::Kind::item;
    signal.item_id = members::text(*item, "id");
    signal.made_by_agent = members::text(*item, "type") != "userMessage";
    signal.item_ended = ended;
    if (ended) read_message(signal, *item);
    return signal;
}

TokenCount token_count(const json::object& usage, std::string_view name) {
    const auto* counted = members::object(usage, name);
    if (!counted) return {};
    return TokenCount(members::integer(*counted, "inputTokens"), members::integer(*counted, "outputTokens"));
}

std::optional<TurnSignal> read_usage(TurnSignal signal, const json::object& params) {
    const auto* usage = members::object(params, "tokenUsage");
    if (!usage || signal.turn_id.empty()) return {};
    signal.kind = TurnSignal::Kind::usage;
    signal.thread_total = token_count(*usage, "total");
    signal.last_call = token_count(*usage, "last");
    return signal;
}

}  // namespace

std::optional<TurnSignal> read_signal(const RuntimeNotice& notice) {
    TurnSignal signal;
    signal.thread_id = members::text(notice.params, "threadId");
    signal.turn_id = members::text(notice.params, "turnId");
    if (signal.thread_id.empty()) return {};
    const auto& method = notice.method;
    if (method == "turn/started") return read_turn_notice(std::move(signal), notice.params, false);
    if (method == "turn/completed") return read_turn_notice(std::move(signal), notice.params, true);
    if (method == "item/started") return read_item_notice(std::move(signal), notice.params, false);
    if (method == "item/completed") return read_item_notice(std::move(signal), notice.params, true);
    if (method == "thread/tokenUsage/updated") return read_usage(std::move(signal), notice.params);
    if (method == "error") return read_trouble(std::move(signal), notice.params);
    if (!method.starts_with("item/") || signal.turn_id.empty()) return {};
    signal.kind = TurnSignal::Kind::delta;
    signal.item_id = members::text(notice.params, "itemId");
    return signal;
}

}  // namespace lanekeeper
