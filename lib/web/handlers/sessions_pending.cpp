// Sessions: what a runtime asks of people. The built-in runtime asks nothing: its lists are empty, and no id is known.
#include "base/limits.hpp"
#include "web/handlers/sessions.hpp"
#include "web/input.hpp"

namespace lanekeeper::web::sessions {
namespace {

ApiReply unknown(const char* member, const std::string& id) {
    return refuse(Problem("not_found", "nothing of this id waits for an answer", json::object{{member, id}}));
}

}  // namespace

Task<ApiReply> list_pending(Services&, ApiRequest) {
    co_return ApiReply(200, json::object{{"data", json::array{}}});
}

Task<ApiReply> decide_approval(Services&, ApiRequest request) {
    co_return unknown("approvalId", request.param("approvalId"));
}

Task<ApiReply> decide_tool_input(Services&, ApiRequest request) {
    co_return unknown("requestId", request.param("requestId"));
}

Task<ApiReply> answer_tool_call(Services&, ApiRequest request) {
    co_return unknown("requestId", request.param("requestId"));
}

}  // namespace lanekeeper::web::sessions
