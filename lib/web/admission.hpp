#pragma once
#include "web/context.hpp"
#include "web/http_head.hpp"

namespace lanekeeper::web {

/// What the head of a request alone decides: who asks, for what, and whether it goes on. A refusal is answered without a
/// look at the body. Order: Host and Origin 403, target 400, preflight, 404, 405, headers 400, role 403.
struct Admission {
    ApiRequest request;
    const Route* route = nullptr;
    std::optional<ApiReply> refusal;
    std::size_t body_limit = 0;
    bool head_only = false;                                          // HEAD: the reply goes without its body
    std::vector<std::pair<std::string, std::string>> reply_headers;  // on whatever reply: request id, CORS
};

Admission admit(const WebContext& context, const HttpHead& head);

/// Whether the request may become the stream of its route; nothing: it may. For routes that have no handler.
std::optional<ApiReply> check_stream(const HttpHead& head, const Admission& admission);

/// How reading a body ended, when the connection lives.
enum class BodyState { complete, too_large };

/// The reply to an admitted request: guard, queue, feature, 413, 415, JSON, idempotency, handler. Throws nothing but cancellation.
Task<ApiReply> answer(const WebContext& context, Admission admission, BodyState body_state, std::string body);

}  // namespace lanekeeper::web
