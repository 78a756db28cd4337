#include "runtime/codex/message.hpp"

#include "base/members.hpp"

#include <charconv>

namespace lanekeeper::codex {
namespace {

constexpr std::size_t depth_max = 512;  // tools nest what they like; bounded because values are destroyed recursively

Message unreadable(std::string why) {
    Message message;
    message.problem = std::move(why);
    return message;
}

json::object take_params(json::object& from) {
    auto* params = from.if_contains("params");
    if (!params || !params->is_object()) return {};
    return std::move(params->get_object());
}

Message spoken(json::object& from, std::string method) {
    Message message;
    message.kind = Message::Kind::notification;
    message.method = std::move(method);
    message.params = take_params(from);
    auto* id = from.if_contains("id");
    if (!id || id->is_null()) return message;
    message.kind = Message::Kind::request;
    message.request_id = std::move(*id);
    return message;
}

RpcError read_error(json::value& value) {
    RpcError error;
    auto* object = value.if_object();
    if (!object) {
        error.message = json::serialize(value);
        return error;
    }
    error.code = members::integer(*object, "code");
    error.message = members::text(*object, "message");
    if (auto* data = object->if_contains("data")) error.data = std::move(*data);
    return error;
}

Message answered(json::object& from) {
    auto* id = from.if_contains("id");
    if (!id || !id->is_int64()) return unreadable("neither a method nor an id of ours");
    Message message;
    message.kind = Message::Kind::reply;
    message.id = id->get_int64();
    auto* error = from.if_contains("error");
    auto* result = from.if_contains("result");
    if (error && !error->is_null()) message.error = read_error(*error);
    else if (result) message.result = std::move(*result);
    else return unreadable("a reply with neither result nor error");
    return message;
}

std::string line_of(const json::object& message) { return json::serialize(message) + '\n'; }

}  // namespace

Message read_message(std::string_view line) {
    json::parse_options options;
    options.max_depth = depth_max;
    boost::system::error_code error;
    auto value = json::parse(line, error, {}, options);
    if (error) return unreadable(error.message());
    auto* object = value.if_object();
    if (!object) return unreadable("not an object");
    if (auto method = members::text_or_nothing(*object, "method")) return spoken(*object, std::move(*method));
    return answered(*object);
}

std::optional<std::int64_t> answered_call(std::string_view head) {
    constexpr std::string_view before = "{\"id\":";
    constexpr std::string_view after = ",\"result\"";
    if (!head.starts_with(before)) return {};
    head.remove_prefix(before.size());
    std::int64_t id = 0;
    auto [end, error] = std::from_chars(head.data(), head.data() + head.size(), id);
    if (error != std::errc{}) return {};
    head.remove_prefix(std::size_t(end - head.data()));
    if (!head.starts_with(after)) return {};
    return id;
}

std::string request_line(std::int64_t id, std::string_view method, json::object params) {
    json::object message;
    message["id"] = id;
    message["method"] = method;
    message["params"] = std::move(params);
    return line_of(message);
}

std::string notification_line(std::string_view method) {
    json::object message;
    message["method"] = method;
    return line_of(message);
}

std::string reply_line(const json::value& request_id, json::value result) {
    json::object message;
    message["id"] = request_id;
    message["result"] = std::move(result);
    return line_of(message);
}

std::string refusal_line(const json::value& request_id, std::int64_t code, std::string_view text) {
    json::object error;
    error["code"] = code;
    error["message"] = text;
    json::object message;
    message["id"] = request_id;
    message["error"] = std::move(error);
    return line_of(message);
}

}  // namespace lanekeeper::codex
