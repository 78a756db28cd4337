// Sessions: what a runtime asks of people, and their answers (api.md 4). The built-in runtime asks nothing.
#include "agents/questions.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

Task<ApiReply> list(Services& services, ApiRequest request, QuestionKind kind) {
    auto waiting = co_await services.questions.waiting(request.param("id"), kind);
    co_return ApiReply(200, json::object{{"data", std::move(waiting)}});
}

Task<ApiReply> answer(Services& services, ApiRequest request, QuestionKind kind) {
    std::string member(id_member(kind));
    auto id = request.param(member);
    auto body = read_body(request, answer_body(kind));
    if (!body) co_return refuse(body.error());
    auto answered = co_await services.questions.answer(id, kind, std::move(*body));
    if (!answered) co_return refuse(answered.error());
    co_return ApiReply(200, json::object{{"status", "ok"}, {member, id}, {"threadId", answered->session_id}});
}

}  // namespace

Task<ApiReply> list_approvals(Services& services, ApiRequest request) {
    return list(services, std::move(request), QuestionKind::approval);
}

Task<ApiReply> list_tool_input(Services& services, ApiRequest request) {
    return list(services, std::move(request), QuestionKind::tool_input);
}

Task<ApiReply> list_tool_calls(Services& services, ApiRequest request) {
    return list(services, std::move(request), QuestionKind::tool_call);
}

Task<ApiReply> decide_approval(Services& services, ApiRequest request) {
    return answer(services, std::move(request), QuestionKind::approval);
}

Task<ApiReply> decide_tool_input(Services& services, ApiRequest request) {
    return answer(services, std::move(request), QuestionKind::tool_input);
}

Task<ApiReply> answer_tool_call(Services& services, ApiRequest request) {
    return answer(services, std::move(request), QuestionKind::tool_call);
}

}  // namespace lanekeeper::web::sessions
