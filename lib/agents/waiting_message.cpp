#include "agents/waiting_message.hpp"

#include "agents/session_records.hpp"
#include "base/members.hpp"

namespace lanekeeper {

using members::or_null;

RecordPut put_waiting(const std::string& session_id, const std::string& message_id, const NewMessage& message) {
    json::object body{{"text", message.text},
                      {"model", or_null(message.model)},
                      {"effort", or_null(message.effort)},
                      {"approvalPolicy", or_null(message.approval_policy)},
                      {"networkAccess", or_null(message.network_access)},
                      {"filesystemSandbox", or_null(message.filesystem_sandbox)}};
    return {std::string(waiting_message_kind), session_id, message_id, std::move(body), RecordPut::Mode::insert};
}

NewMessage waiting_from_json(const json::object& object) {
    NewMessage message;
    message.text = members::text(object, "text");
    message.model = members::text_or_nothing(object, "model");
    message.effort = members::text_or_nothing(object, "effort");
    message.approval_policy = members::text_or_nothing(object, "approvalPolicy");
    message.network_access = members::text_or_nothing(object, "networkAccess");
    message.filesystem_sandbox = members::text_or_nothing(object, "filesystemSandbox");
    return message;
}

}  // namespace lanekeeper
