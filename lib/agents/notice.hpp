#pragma once
#include "base/json.hpp"
#include "base/schema.hpp"
#include "runtime/runtime.hpp"
#include "session/session.hpp"

#include <string>
#include <string_view>

namespace lanekeeper {

/// What a notice is about, read off its method and params. Views into the notice.
struct NoticeFacts {
    enum class Kind { turn_started, turn_completed, item_started, item_completed, message_delta, other };
    Kind kind = Kind::other;
    std::string turn_id;                 // empty where there is none
    std::string item_id;                 // items and deltas
    const json::object* item = nullptr;  // items
    std::string status;                  // of a completed turn
    std::string error;                   // of a failed one
    std::string delta;
};

/// A notice whose members are missing or of another kind is `other`.
NoticeFacts read_notice(const RuntimeNotice& notice);
std::string notice_thread(const RuntimeNotice& notice);
std::string notice_turn(const RuntimeNotice& notice);

/// Not kept, `seq` null: deltas, stream progress, whole-turn diffs, token usage (api.md 7).
bool is_live_only(std::string_view method);

/// "item/agentMessage/delta" → "app_server.item.agent_message.delta".
std::string app_server_type(std::string_view method);

/// What an event of that type carries (api.md 7): a signal of the runtime, with where it belongs. `signal`: notification
/// or request; `params` name the chat by its own id.
struct AppServerSignal {
    AppServerSignal(std::string_view signal_, std::string_view method_, std::string turn_id_)
        : signal(signal_), method(method_), turn_id(std::move(turn_id_)) {}
    std::string_view signal, method;
    std::string turn_id;  // empty where there is none
};
json::object app_server_payload(const AppServerSignal& signal, const json::object& params, const session::Session& session,
                                WallTime at);

/// `turn_plan_updated`, `turn_diff_updated`, `thread_token_usage_updated` for those methods, else empty.
std::string_view named_event(std::string_view method);

/// The same in schemas: any notification; the params of a method; a `fileChange` item.
Schema notice_schema();
Schema notice_params_schema(std::string_view method);
Schema file_change_schema();

/// What an external agent may send: known methods with their members, unknown ones with any params. Issues begin with
/// `path`.
std::vector<Issue> check_notice(const json::value& value, const json::array& path);

}  // namespace lanekeeper
