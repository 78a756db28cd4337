#include "agents/session_core.hpp"

#include "base/log.hpp"
#include "base/members.hpp"
#include "session/guard.hpp"

namespace lanekeeper {

RecordPut put_session(const session::Session& session) {
    return {std::string(session_kind), "", session.id, session::to_json(session), RecordPut::Mode::insert};
}

RecordPut patch_session(const std::string& id, json::object members) {
    return {std::string(session_kind), "", id, std::move(members), RecordPut::Mode::replace, &session::overlay};
}

ThreadOptions thread_options(const session::Controls& controls, const std::optional<std::string>& cwd) {
    ThreadOptions options;
    options.cwd = cwd;
    options.model = controls.model;
    options.approval_policy = controls.approval_policy;
    options.sandbox = controls.filesystem_sandbox;
    options.network_access = controls.network_access;
    return options;
}

session::Controls worker_controls() {
    session::Controls controls;
    controls.approval_policy = "never";
    controls.network_access = "restricted";
    controls.filesystem_sandbox = "read-only";
    return controls;
}

RecordPut expect_project(const std::string& project_id) {
    return {std::string(project_kind), "", project_id, {}, RecordPut::Mode::replace, &session::overlay};
}

Problem without_project(const Problem& refusal, const std::string& project_id) {
    bool gone = refusal.code == "record_missing" && members::text(refusal.details, "kind") == project_kind;
    return gone ? project_not_found(project_id) : refusal;
}

Problem project_not_found(const std::string& project_id) {
    return {"project_not_found", "there is no such project", json::object{{"projectId", project_id}}};
}

Problem turn_active(const std::string& session_id, const std::string& turn_id) {
    return {"turn_active", "a turn is running in the chat", json::object{{"sessionId", session_id}, {"turnId", turn_id}}};
}

Task<Result<std::string>> SessionCore::ensure_thread(session::Session session) {
    try {
        co_await runtime.resume_thread(session.runtime_thread_id);
        co_return session.runtime_thread_id;
    } catch (const RuntimeRefusal& refusal) {
        if (refusal.code != "not_found") throw;  // it is there: what was said in it is not to be thrown away
        log_info("thread was lost", {{"sessionId", session.id}, {"error", refusal.what()}});
    }
    auto active = turns.active(session.id);
    if (active && !active->turn_id.empty()) co_return turn_active(session.id, active->turn_id);
    auto options = thread_options(session.controls, session.cwd);
    auto thread_id = co_await runtime.start_thread(options);
    json::object members{{"runtimeThreadId", thread_id}};
    Effects none;
    auto changed = co_await change(session.id, std::move(members), std::move(none));
    if (!changed) co_return changed.error();
    co_return thread_id;
}

Task<Result<void>> SessionCore::commit(Effects effects) {
    auto committed = co_await ledger.commit(now(), std::move(effects));
    if (!committed) co_return committed.error();
    co_return Result<void>();
}

Task<Result<void>> SessionCore::change(std::string session_id, json::object members, Effects also) {
    members["updatedAt"] = to_ms(now());
    also.puts.push_back(patch_session(session_id, members));
    auto committed = co_await commit(std::move(also));
    bool refused = !committed && committed.error().code == "record_missing";
    if (refused && members::text(committed.error().details, "kind") == session_kind)
        co_return session::session_not_found(session_id);
    if (committed) directory.patch(session_id, members);
    co_return committed;
}

}  // namespace lanekeeper
