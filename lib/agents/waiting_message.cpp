#include "agents/waiting_message.hpp"

#include "agents/session_records.hpp"
#include "base/members.hpp"

namespace lanekeeper {

using members::or_null;

namespace {

json::object to_json(const NewMessage& message) {
    return {{"text", message.text},
            {"model", or_null(message.model)},
            {"effort", or_null(message.effort)},
            {"approvalPolicy", or_null(message.approval_policy)},
            {"networkAccess", or_null(message.network_access)},
            {"filesystemSandbox", or_null(message.filesystem_sandbox)}};
}

}  // namespace

RecordPut put_waiting(const std::string& session_id, const std::string& message_id, const NewMessage& message,
                      bool unsure) {
    auto body = to_json(message);
    if (unsure) body["unsure"] = true;
    return {std::string(waiting_message_kind), session_id, message_id, std::move(body)};
}

bool is_unsure(const json::object& waiting) { return members::flag(waiting, "unsure"); }

RecordPut put_sent(const std::string& session_id, const std::string& message_id, const NewMessage& message) {
    return {std::string(sent_message_kind), session_id, message_id, to_json(message)};
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

transcript::Entry message_row(const std::string& message_id, const std::string& turn_id, const std::string& text, WallTime now) {
    transcript::Entry row;
    row.message_id = message_id;
    row.turn_id = turn_id;
    row.role = transcript::Role::user;
    row.type = "userMessage";
    row.content = text;
    row.status = transcript::Status::complete;
    row.started_at = to_ms(now);
    row.completed_at = to_ms(now);
    return row;
}

bool is_unsure(const std::exception_ptr& failure) {
    if (!failure) return false;
    try {
        std::rethrow_exception(failure);
    } catch (const RuntimeUnavailable&) {
        return true;
    } catch (const RuntimeRefusal& refusal) {
        return refusal.code == "runtime_timeout";
    } catch (...) {
        return false;
    }
}

}  // namespace lanekeeper
