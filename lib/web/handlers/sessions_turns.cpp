// Sessions: messages, and the turns that they start.
#include "agents/conversation.hpp"
#include "base/limits.hpp"
#include "base/members.hpp"
#include "web/handlers/sessions.hpp"
#include "web/idempotency.hpp"
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

/// A text is kept before the runtime is given it. Until that has taken it, only its id is; in the line it is accepted.
KeepAnswer<SentMessage> message_keeper(const ApiRequest& request) {
    if (!request.claim) return {};
    return [claim = *request.claim, session_id = request.param("id")](const SentMessage& sent) {
        if (!sent.queued) return keep_begun(claim, sent.message_id);
        return keep_answer(claim, ApiReply(202, accepted(session_id, sent)));
    };
}

/// What became of an earlier call under the same key; nothing when there was none, or it is to be done again.
Task<std::optional<SentMessage>> earlier_call(Services& services, const ApiRequest& request) {
    if (!request.claim || !request.claim->begun) co_return std::nullopt;
    co_return co_await services.sessions.conversation().recall(request.param("id"), *request.claim->begun);
}

ApiReply steered(const std::string& session_id, const SentMessage& sent) {
    auto reply = ok_body(session_id);
    reply["turnId"] = sent.turn_id;
    json::object details{{"turnId", sent.turn_id}};
    reply["result"] = json::object{{"actionType", "turn.steer"}, {"status", "performed"}, {"details", std::move(details)}};
    return {200, std::move(reply)};
}

/// The turn did not show the text before the daemon ended: it waits as a message of its own.
ApiReply steered_later(const ApiRequest& request, const SentMessage& sent) {
    auto asked = sent;
    asked.turn_id = request.param("turnId");
    auto reply = steered(request.param("id"), asked);
    auto& result = reply.body.as_object().at("result").as_object();
    result["details"] = json::object{{"turnId", nullptr}, {"messageId", sent.message_id}, {"queued", true}};
    reply.settled = false;
    return reply;
}

}  // namespace

Task<ApiReply> send_message(Services& services, ApiRequest request) {
    auto body = read_body(request, message_body());
    if (!body) co_return refuse(body.error());
    auto found = co_await earlier_call(services, request);
    if (found) {
        ApiReply reply(202, accepted(request.param("id"), *found));
        reply.settled = !found->turn_id.empty();
        co_return reply;
    }
    auto message = new_message(*body);
    message.keep = message_keeper(request);
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
    auto found = co_await earlier_call(services, request);
    if (found && found->turn_id.empty()) co_return steered_later(request, *found);
    if (found) co_return steered(request.param("id"), *found);
    auto input = members::text(*body, "input");
    auto keep = message_keeper(request);
    auto sent = co_await services.sessions.conversation().steer(request.param("id"), request.param("turnId"), input, std::move(keep));
    if (!sent) co_return refuse(sent.error());
    co_return steered(request.param("id"), *sent);
}

}  // namespace lanekeeper::web::sessions
