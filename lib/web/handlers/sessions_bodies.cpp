// Sessions: what requests carry. Each handler checks its body with one of these, the route table names it, and proto/
// publishes it.
#include "base/limits.hpp"
#include "web/handlers/sessions.hpp"

namespace lanekeeper::web::sessions {
namespace {

// Words of session controls (config.md).
Schema model_field() { return Schema::line(1, 200); }
Schema effort_field() { return Schema::line(1, 40); }
Schema approval_policy_field() { return Schema::word({"untrusted", "on-failure", "on-request", "never"}); }
Schema network_access_field() { return Schema::word({"restricted", "enabled"}); }
Schema sandbox_field() { return Schema::word({"read-only", "workspace-write", "danger-full-access"}); }
Schema scope_field() { return Schema::word({"session", "default"}); }

}  // namespace

const Schema& create_body() {
    static const Schema schema = Schema::object({
        optional_field("cwd", Schema::line(1, limits::path_chars).nullable()),
        optional_field("model", model_field().nullable()),
        optional_field("approvalPolicy", approval_policy_field()),
        optional_field("networkAccess", network_access_field()),
        optional_field("filesystemSandbox", sandbox_field()),
        optional_field("projectId", Schema::line(1, limits::owner_id_chars).nullable()),
        optional_field("title", Schema::line(1, limits::title_chars)),
    });
    return schema;
}

const Schema& rename_body() {
    static const Schema schema = Schema::object({required("title", Schema::line(1, limits::title_chars))});
    return schema;
}

const Schema& project_body() {
    static const Schema schema =
        Schema::object({required("projectId", Schema::line(1, limits::owner_id_chars).nullable())});
    return schema;
}

const Schema& rollback_body() {
    static const Schema schema = Schema::object({optional_field("numTurns", Schema::integer(1, 100'000))});
    return schema;
}

const Schema& message_body() {
    static const Schema schema = Schema::object({
        required("text", Schema::string(1, limits::message_chars)),
        optional_field("model", model_field().nullable()),
        optional_field("effort", effort_field().nullable()),
        optional_field("approvalPolicy", approval_policy_field()),
        optional_field("networkAccess", network_access_field()),
        optional_field("filesystemSandbox", sandbox_field()),
        optional_field("whenBusy", Schema::word({"reject", "queue", "steer", "interrupt"})),
    });
    return schema;
}

const Schema& interrupt_body() {
    static const Schema schema = Schema::object({optional_field("turnId", Schema::line(1, limits::thread_id_chars).nullable())});
    return schema;
}

const Schema& steer_body() {
    static const Schema schema = Schema::object({required("input", Schema::string(1, limits::message_chars))});
    return schema;
}

const Schema& controls_body() {
    static const Schema schema = Schema::object({
        required("scope", scope_field()),
        required("controls", Schema::object({
            optional_field("model", model_field().nullable()),
            optional_field("approvalPolicy", approval_policy_field()),
            optional_field("networkAccess", network_access_field()),
            optional_field("filesystemSandbox", sandbox_field()),
            optional_field("settings", Schema::open_object({})),
        })),
        optional_field("actor", Schema::line(1, limits::title_chars)),
        optional_field("source", Schema::line(1, limits::title_chars)),
    });
    return schema;
}

const Schema& policy_body() {
    static const Schema schema = Schema::object({required("approvalPolicy", approval_policy_field())});
    return schema;
}

const Schema& settings_body() {
    static const Schema schema = Schema::object({
        optional_field("scope", scope_field()),
        optional_field("settings", Schema::open_object({})),
        optional_field("mode", Schema::word({"merge", "replace"})),
        optional_field("key", Schema::line(1, limits::setting_key_chars)),
        optional_field("value", Schema::any()),
    }).described("either settings, with a mode, or one key with its value");
    return schema;
}

}  // namespace lanekeeper::web::sessions
