#pragma once
#include "base/json.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lanekeeper::codex {

/// Why the app server refused a call.
struct RpcError {
    RpcError() = default;
    RpcError(std::int64_t code_, std::string message_) : code(code_), message(std::move(message_)) {}
    std::int64_t code = 0;
    std::string message;
    json::value data;
};

/// One line of the app server, understood (runtime.md 2, Framing): a reply to a call of ours, something that it says, or
/// something that it asks. What has a `method` is never a reply, whatever its id.
struct Message {
    enum class Kind { reply, notification, request, unreadable };
    Kind kind = Kind::unreadable;
    std::int64_t id = 0;            // reply: of our call
    json::value result;             // reply
    std::optional<RpcError> error;  // reply: refused
    json::value request_id;         // request: to be given back as it is
    std::string method;             // notification, request
    json::object params;            // the same; empty when they are no object
    std::string problem;            // unreadable: why
};

/// Never throws for what the line says.
Message read_message(std::string_view line);

/// The call that a line begins to answer, read from its first bytes: of a line that was too long to keep.
std::optional<std::int64_t> answered_call(std::string_view head);

// Lines to send, newline included.
std::string request_line(std::int64_t id, std::string_view method, json::object params);
std::string notification_line(std::string_view method);
std::string reply_line(const json::value& request_id, json::value result);
std::string refusal_line(const json::value& request_id, std::int64_t code, std::string_view message);

}  // namespace lanekeeper::codex
