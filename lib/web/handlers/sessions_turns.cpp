// Sessions: messages, and the turns that they start.
#include "agents/conversation.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

WhenBusy when_busy(const std::string& word) {
    if (word == "queue") return WhenBusy::queue;
    if (word == "steer") return WhenBusy::steer;
    return word == "interrupt" ? WhenBusy::interrupt : WhenBusy::reject;
}

NewMessage new_message(const json::object& body) {
    using members::text_or_nothing;
    NewMessage message;
    message.text = members::text(body, "text");
    message.model = text_or_nothing(body, "model");
    message.effort = text_or_nothing(body, "effort");
    message.approval_policy = text_or_nothing(body, "approvalPolicy");
    message.network_access = text_or_nothing(body, "networkAccess");
    message.filesystem_sandbox = text_or_nothing(body, "filesystemSandbox");
    message.when_busy = when_busy(members::text(body, "whenBusy"));
    return message;
}

json::object accepted(const std::string& session_id, const SentMessage& sent) {
    json::object body{{"status", "accepted"},
                      {"sessionId", session_id},
                      {"turnId", sent.turn_id.empty() ? json::value() : json::value(sent.turn_id)},
                      {"messageId", sent.message_id}};
    if (sent.queued) body["queued"] = true;
    if (sent.steered) body["steered"] = true;
    return body;
}

}  // namespace

Task<ApiReply> send_message(Services& services, ApiRequest request) {
    auto body = read_body(request, message_body());
    if (!body) co_return refuse(body.error());
    auto message = new_message(*body);
    auto sent = co_await services.sessions.conversation().send(request.param("id"), std::move(message));
    if (!sent) co_return refuse(sent.error());
    co_return ApiReply(202, accepted(request.param("id"), *sent));
}

Task<ApiReply> interrupt(Services& services, ApiRequest request) {
    auto body = read_body(request, interrupt_body());
    if (!body) co_return refuse(body.error());
    auto turn = members::text_or_nothing(*body, "turnId");
    auto interrupted = co_await services.sessions.conversation().interrupt(request.param("id"), std::move(turn));
    if (!interrupted) co_return refuse(interrupted.error());
    auto reply = ok_body(request.param("id"));
    reply["turnId"] = *interrupted;
    co_return ApiReply(200, std::move(reply));
}

Task<ApiReply> steer(Services& services, ApiRequest request) {
    auto body = read_body(request, steer_body());
    if (!body) co_return refuse(body.error());
    auto input = members::text(*body, "input");
    auto details = co_await services.sessions.conversation().steer(request.param("id"), request.param("turnId"), input);
    if (!details) co_return refuse(details.error());
    auto reply = ok_body(request.param("id"));
    reply["turnId"] = request.param("turnId");
    reply["result"] = json::object{{"actionType", "turn.steer"}, {"status", "performed"}, {"details", std::move(*details)}};
    co_return ApiReply(200, std::move(reply));
}

}  // namespace lanekeeper::web::sessions
