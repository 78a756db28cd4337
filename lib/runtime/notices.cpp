#include "runtime/notices.hpp"

namespace lanekeeper::notices {
namespace {

RuntimeNotice item_notice(const char* method, const std::string& thread_id, const std::string& turn_id, json::object item) {
    json::object params;
    params["threadId"] = thread_id;
    params["turnId"] = turn_id;
    params["item"] = std::move(item);
    return RuntimeNotice(method, std::move(params));
}

json::object turn_object(const std::string& turn_id, TurnStatus status) {
    json::object turn;
    turn["id"] = turn_id;
    turn["status"] = to_word(status);
    turn["error"] = nullptr;
    turn["items"] = json::array();
    return turn;
}

RuntimeNotice turn_notice(const char* method, const std::string& thread_id, json::object turn) {
    json::object params;
    params["threadId"] = thread_id;
    params["turn"] = std::move(turn);
    return RuntimeNotice(method, std::move(params));
}

}  // namespace

json::object user_message(std::string id, std::string text, const std::string& client_message_id) {
    json::object part;
    part["type"] = "text";
    part["text"] = text;
    json::array content;
    content.push_back(std::move(part));
    json::object item;
    item["id"] = std::move(id);
    item["type"] = "userMessage";
    item["text"] = std::move(text);
    item["content"] = std::move(content);
    if (!client_message_id.empty()) item["clientId"] = client_message_id;
    return item;
}

json::object agent_message(std::string id, std::string text, std::string source) {
    json::object item;
    item["id"] = std::move(id);
    item["type"] = "agentMessage";
    item["text"] = std::move(text);
    item["source"] = std::move(source);
    return item;
}

RuntimeNotice turn_started(const std::string& thread_id, const std::string& turn_id) {
    return turn_notice("turn/started", thread_id, turn_object(turn_id, TurnStatus::in_progress));
}

RuntimeNotice item_started(const std::string& thread_id, const std::string& turn_id, json::object item) {
    return item_notice("item/started", thread_id, turn_id, std::move(item));
}

RuntimeNotice item_completed(const std::string& thread_id, const std::string& turn_id, json::object item) {
    return item_notice("item/completed", thread_id, turn_id, std::move(item));
}

RuntimeNotice message_delta(const std::string& thread_id, const std::string& turn_id, std::string item_id,
                            std::string delta) {
    json::object params;
    params["threadId"] = thread_id;
    params["turnId"] = turn_id;
    params["itemId"] = std::move(item_id);
    params["delta"] = std::move(delta);
    return RuntimeNotice("item/agentMessage/delta", std::move(params));
}

RuntimeNotice turn_completed(const std::string& thread_id, const TurnView& turn, std::vector<json::object> items) {
    auto object = turn_object(turn.turn_id, turn.status);
    if (turn.status == TurnStatus::failed) {
        json::object error;
        error["message"] = turn.error;
        object["error"] = std::move(error);
    }
    auto& list = object["items"].as_array();
    for (auto& item : items) list.push_back(std::move(item));
    return turn_notice("turn/completed", thread_id, std::move(object));
}

}  // namespace lanekeeper::notices
