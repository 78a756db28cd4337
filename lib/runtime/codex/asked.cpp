#include "runtime/codex/asked.hpp"

namespace lanekeeper::codex {
namespace {

json::value with(const char* member, json::value value) {
    json::object object;
    object[member] = std::move(value);
    return object;
}

json::value no_permissions() {
    json::object answer;
    answer["permissions"] = json::object();
    answer["scope"] = "turn";
    return answer;
}

json::value tool_failed() {
    json::object answer;
    answer["success"] = false;
    answer["contentItems"] = json::array();
    return answer;
}

}  // namespace

std::optional<json::value> decline(const Message& request) {
    const auto& method = request.method;
    if (method == "item/commandExecution/requestApproval" || method == "item/fileChange/requestApproval")
        return with("decision", "decline");
    if (method == "item/permissions/requestApproval") return no_permissions();
    if (method == "item/tool/requestUserInput") return with("answers", json::object());
    if (method == "mcpServer/elicitation/request") return with("action", "decline");
    if (method == "item/tool/call") return tool_failed();
    return {};
}

}  // namespace lanekeeper::codex
