#include "runtime/codex/params.hpp"

namespace lanekeeper::codex {
namespace {

void set(json::object& params, const char* name, const std::optional<std::string>& value) {
    if (value && !value->empty()) params[name] = *value;
}

// "on-failure" is a word of older versions; the nearest that is left asks before it leaves the sandbox.
std::optional<std::string> approval_word(std::optional<std::string> policy) {
    if (policy == "on-failure") return "on-request";
    return policy;
}

const char* policy_type(const std::string& sandbox) {
    if (sandbox == "danger-full-access") return "dangerFullAccess";
    return sandbox == "workspace-write" ? "workspaceWrite" : "readOnly";
}

json::object sandbox_policy(const std::string& sandbox, bool network) {
    json::object policy;
    policy["type"] = policy_type(sandbox);
    if (sandbox != "danger-full-access") policy["networkAccess"] = network;
    return policy;
}

json::array text_input(const std::string& text) {
    json::object part;
    part["type"] = "text";
    part["text"] = text;
    part["text_elements"] = json::array();
    json::array input;
    input.push_back(std::move(part));
    return input;
}

}  // namespace

json::object initialize_params() {
    json::object client;
    client["name"] = "lanekeeper";
    client["title"] = "Lanekeeper";
    client["version"] = LANEKEEPER_VERSION;
    json::object capabilities;
    capabilities["experimentalApi"] = true;
    json::object params;
    params["clientInfo"] = std::move(client);
    params["capabilities"] = std::move(capabilities);
    return params;
}

json::object thread_start_params(const ThreadOptions& options) {
    json::object params;
    set(params, "cwd", options.cwd);
    set(params, "model", options.model);
    set(params, "approvalPolicy", approval_word(options.approval_policy));
    set(params, "sandbox", options.sandbox);
    return params;
}

json::object thread_params(const std::string& thread_id) {
    json::object params;
    params["threadId"] = thread_id;
    return params;
}

json::object resume_params(const std::string& thread_id) {
    auto params = thread_params(thread_id);
    params["excludeTurns"] = true;
    return params;
}

json::object turn_start_params(const TurnRequest& request) {
    auto params = thread_params(request.thread_id);
    params["input"] = text_input(request.text);
    set(params, "clientUserMessageId", request.client_message_id);
    set(params, "model", request.model);
    set(params, "effort", request.effort);
    set(params, "approvalPolicy", approval_word(request.approval_policy));
    if (request.sandbox) params["sandboxPolicy"] = sandbox_policy(*request.sandbox, request.network_access == "enabled");
    return params;
}

json::object turn_params(const std::string& thread_id, const std::string& turn_id) {
    auto params = thread_params(thread_id);
    params["turnId"] = turn_id;
    return params;
}

json::object steer_params(const std::string& thread_id, const std::string& turn_id, const std::string& text,
                          const std::string& client_message_id) {
    auto params = thread_params(thread_id);
    params["expectedTurnId"] = turn_id;
    set(params, "clientUserMessageId", client_message_id);
    params["input"] = text_input(text);
    return params;
}

json::object turns_params(const std::string& thread_id, std::size_t limit, const json::value& cursor, bool whole) {
    auto params = thread_params(thread_id);
    params["limit"] = limit;
    params["sortDirection"] = "desc";
    if (whole) params["itemsView"] = "full";
    if (!cursor.is_null()) params["cursor"] = cursor;
    return params;
}

}  // namespace lanekeeper::codex
