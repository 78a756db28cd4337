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

using Objects = std::vector<const json::object*>;

Objects objects_of(const json::object& from, const char* member) {
    Objects objects;
    const auto* list = members::array(from, member);
    if (!list) return objects;
    for (const auto& value : *list)
        if (const auto* object = value.if_object()) objects.push_back(object);
    return objects;
}

Objects turns_of(const json::value& page) {
    const auto* object = page.if_object();
    return object ? objects_of(*object, "data") : Objects();
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
    for (const auto* item : objects_of(turn, "items")) read_item(view, *item);
    return view;
}

}  // namespace

std::string thread_id_of(const json::value& result) { return id_inside(result, "thread"); }
std::string turn_id_of(const json::value& result) { return id_inside(result, "turn"); }

bool runs_elsewhere(const json::value& result, const std::string& thread_id) {
    const auto* answer = result.if_object();
    auto thread = answer ? members::text(*answer, "reviewThreadId") : std::string();
    return !thread.empty() && thread != thread_id;
}

CallEnd turn_start_answer(const std::string& thread_id, const std::string& turn_id) {
    json::object turn{{"id", turn_id}, {"status", "inProgress"}};
    json::object result;
    result["turn"] = std::move(turn);
    result["reviewThreadId"] = thread_id;
    CallEnd end(CallEnd::How::answered);
    end.result = std::move(result);
    return end;
}

TurnPage read_turn_page(const json::value& result) {
    TurnPage page;
    for (const auto* turn : turns_of(result)) page.turns.push_back(read_turn(*turn));
    const auto* object = result.if_object();
    const auto* next = object ? object->if_contains("nextCursor") : nullptr;
    if (next) page.next = *next;
    return page;
}

std::optional<TurnView> turn_of_message(const json::value& page, const std::string& client_message_id,
                                        const std::set<std::string>& unwanted) {
    for (const auto* turn : turns_of(page)) {
        auto view = read_turn(*turn);
        if (view.status != TurnStatus::completed && unwanted.contains(view.turn_id)) continue;
        for (const auto* item : objects_of(*turn, "items"))
            if (members::text(*item, "clientId") == client_message_id) return view;
    }
    return {};
}

std::optional<std::vector<json::object>> items_of(const json::value& page, const std::string& turn_id) {
    for (const auto* turn : turns_of(page)) {
        if (members::text(*turn, "id") != turn_id) continue;
        std::vector<json::object> items;
        for (const auto* item : objects_of(*turn, "items"))
            if (members::text(*item, "status") != to_word(TurnStatus::in_progress)) items.push_back(*item);
        return items;
    }
    return {};
}

}  // namespace lanekeeper::codex
