#include "agents/notice.hpp"

#include "base/members.hpp"

#include <array>
#include <cctype>
#include <utility>

namespace lanekeeper {
namespace {

NoticeFacts::Kind notice_kind(std::string_view method) {
    if (method == "turn/started") return NoticeFacts::Kind::turn_started;
    if (method == "turn/completed") return NoticeFacts::Kind::turn_completed;
    if (method == "item/started") return NoticeFacts::Kind::item_started;
    if (method == "item/completed") return NoticeFacts::Kind::item_completed;
    if (method == "item/agentMessage/delta") return NoticeFacts::Kind::message_delta;
    return NoticeFacts::Kind::other;
}

void read_turn(NoticeFacts& facts, const json::object& turn) {
    facts.turn_id = members::text(turn, "id");
    facts.status = members::text(turn, "status");
    const json::object* error = members::object(turn, "error");
    if (error) facts.error = members::text(*error, "message");
}

void read_item(NoticeFacts& facts, const json::object& item) {
    facts.item = &item;
    facts.item_id = members::text(item, "id");
}

bool is_whole(const NoticeFacts& facts) {
    if (facts.turn_id.empty()) return false;
    bool of_item = facts.kind != NoticeFacts::Kind::turn_started && facts.kind != NoticeFacts::Kind::turn_completed;
    return !of_item || !facts.item_id.empty();
}

}  // namespace

NoticeFacts read_notice(const RuntimeNotice& notice) {
    NoticeFacts facts;
    facts.turn_id = members::text(notice.params, "turnId");
    auto kind = notice_kind(notice.method);
    if (kind == NoticeFacts::Kind::other) return facts;
    facts.kind = kind;
    if (const json::object* turn = members::object(notice.params, "turn")) read_turn(facts, *turn);
    if (const json::object* item = members::object(notice.params, "item")) read_item(facts, *item);
    if (kind == NoticeFacts::Kind::message_delta) {
        facts.item_id = members::text(notice.params, "itemId");
        facts.delta = members::text(notice.params, "delta");
    }
    if (!is_whole(facts)) facts.kind = NoticeFacts::Kind::other;
    return facts;
}

std::string notice_thread(const RuntimeNotice& notice) { return members::text(notice.params, "threadId"); }

std::string notice_turn(const RuntimeNotice& notice) { return read_notice(notice).turn_id; }

bool is_live_only(std::string_view method) {
    auto last = method.substr(method.rfind('/') + 1);
    if (last == "delta" || last == "progress") return true;
    if (last.size() > 5 && last.substr(last.size() - 5) == "Delta") return true;
    return method == "turn/diff/updated" || method == "thread/tokenUsage/updated";
}

std::string app_server_type(std::string_view method) {
    std::string type = "app_server.";
    for (char c : method) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '/') type += '.';
        else if (std::isupper(byte)) {
            if (type.back() != '.' && type.back() != '_') type += '_';
            type += char(std::tolower(byte));
        } else if (c == '-') type += '_';
        else type += c;
    }
    return type;
}

json::object app_server_payload(const AppServerSignal& signal, const json::object& params, const session::Session& session,
                                WallTime at) {
    auto turn = signal.turn_id.empty() ? json::value() : json::value(signal.turn_id);
    return {{"source", "app_server"},
            {"signalType", signal.signal},
            {"eventType", app_server_type(signal.method)},
            {"method", signal.method},
            {"receivedAt", iso(at)},
            {"context", {{"threadId", session.id}, {"turnId", std::move(turn)}}},
            {"params", params},
            {"session", {{"id", session.id}, {"title", session.title}, {"projectId", members::or_null(session.project_id)}}}};
}

std::string_view named_event(std::string_view method) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> names{{
        {"turn/plan/updated", "turn_plan_updated"},
        {"turn/diff/updated", "turn_diff_updated"},
        {"thread/tokenUsage/updated", "thread_token_usage_updated"},
    }};
    for (const auto& [known, name] : names)
        if (known == method) return name;
    return {};
}

}  // namespace lanekeeper
