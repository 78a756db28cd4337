#include "runtime/codex/replies.hpp"

#include "base/members.hpp"

#include <array>

namespace lanekeeper::codex {
namespace {

std::string id_inside(const json::value& result, const char* member) {
    const auto* object = result.if_object();
    const auto* inside = object ? members::object(*object, member) : nullptr;
    return inside ? members::text(*inside, "id") : std::string();
}

TurnStatus read_status(const std::string& word) {
    constexpr std::array known{TurnStatus::completed, TurnStatus::interrupted, TurnStatus::failed};
    for (auto status : known)
        if (to_word(status) == word) return status;
    return TurnStatus::in_progress;
}

void read_item(TurnView& view, const json::object& item) {
    ++view.items;
    auto type = members::text(item, "type");
    if (type == "agentMessage") view.text = members::text(item, "text");
    if (type == "userMessage" && view.client_message_id.empty()) view.client_message_id = members::text(item, "clientId");
}

TurnView read_turn(const json::object& turn) {
    TurnView view;
    view.turn_id = members::text(turn, "id");
    view.status = read_status(members::text(turn, "status"));
    if (const auto* error = members::object(turn, "error")) view.error = members::text(*error, "message");
    if (const auto* items = members::array(turn, "items"))
        for (const auto& item : *items)
            if (const auto* object = item.if_object()) read_item(view, *object);
    return view;
}

}  // namespace

std::string thread_id_of(const json::value& result) { return id_inside(result, "thread"); }
std::string turn_id_of(const json::value& result) { return id_inside(result, "turn"); }

TurnPage read_turn_page(const json::value& result) {
    TurnPage page;
    const auto* object = result.if_object();
    const auto* data = object ? members::array(*object, "data") : nullptr;
    if (!data) return page;
    for (const auto& turn : *data)
        if (const auto* known = turn.if_object()) page.turns.push_back(read_turn(*known));
    if (const auto* next = object->if_contains("nextCursor")) page.next = *next;
    return page;
}

}  // namespace lanekeeper::codex
