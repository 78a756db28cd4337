#include "web/admission.hpp"
#include "web/input.hpp"
#include "web/stream_request.hpp"

#include <algorithm>

namespace lanekeeper::web {
namespace {

/// 16 bytes in base64, as RFC 6455 has it.
bool is_socket_key(std::string_view key) {
    auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    return key.size() == 24 && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_letter);
}

std::optional<Problem> check_upgrade(const HttpHead& head) {
    bool upgrade = head.lists("connection", "upgrade") && same_word(head.field("upgrade"), "websocket");
    if (!upgrade) return invalid_input("required", {"headers", "upgrade"}, "this route speaks WebSocket: an upgrade is missing");
    if (head.minor == 0) return invalid_input("invalid_value", {"version"}, "WebSocket needs HTTP/1.1");
    if (!is_socket_key(head.field("sec-websocket-key")))
        return invalid_input("invalid_value", {"headers", "sec-websocket-key"}, "must be 16 bytes in base64");
    return {};
}

}  // namespace

std::optional<ApiReply> check_stream(const HttpHead& head, const Admission& admission) {
    if (head.has_body() || head.method != "GET")
        return refuse(invalid_input("invalid_value", {"method"}, "a stream is a GET without a body"));
    if (admission.route->kind == Route::Kind::websocket) {
        auto problem = check_upgrade(head);
        if (problem) return refuse(*problem);
    }
    auto request = read_stream_request(admission.request);
    if (!request) return refuse(request.error());
    return {};
}

}  // namespace lanekeeper::web
