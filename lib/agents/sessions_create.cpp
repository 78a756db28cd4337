// Sessions: how chats and worker sessions come to be.
#include "agents/records.hpp"
#include "agents/session_controls.hpp"
#include "agents/session_core.hpp"
#include "agents/session_records.hpp"
#include "agents/sessions.hpp"
#include "session/guard.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

session::Session blank_session(const SessionCore& core, const std::string& thread_id) {
    session::Session fresh;
    fresh.id = thread_id;
    fresh.runtime_thread_id = thread_id;
    fresh.model_provider = core.runtime.name();
    fresh.source = core.runtime.name();
    fresh.created_at = core.now();
    fresh.updated_at = fresh.created_at;
    return fresh;
}

/// A row of one chat as it begins in another: what was under way there is not under way here.
transcript::Entry copied(const json::object& body) {
    auto entry = transcript::entry_from_json(body);
    if (!transcript::is_terminal(entry.status)) entry.status = transcript::Status::canceled;
    return entry;
}

}  // namespace

Task<Result<session::Session>> Sessions::create_system_session(std::string owner, std::string agent,
                                                               std::string thread_id, Effects also) {
    auto fresh = blank_session(*core_, thread_id);
    fresh.title = agent;
    fresh.system_owned = true;
    fresh.owner = std::move(owner);
    fresh.agent = std::move(agent);
    fresh.controls = worker_controls();
    also.puts.push_back(put_session(fresh));
    auto committed = co_await core_->commit(std::move(also));
    if (!committed) co_return committed.error();
    core_->directory.put(fresh);
    co_return fresh;
}

Task<void> Sessions::drop_system_session(std::string session_id, Effects also) {
    bool known = is_system_owned(session_id);
    if (known) {
        delete_rows(also, session_id);
        also.deletes.emplace_back(std::string(session_kind), "", session_id);
    }
    auto committed = co_await core_->commit(std::move(also));
    if (!committed) co_return;
    if (known) core_->directory.forget(session_id);
    core_->turns.forget(session_id);
}

Task<Result<SessionView>> Sessions::create(NewSession wanted) {
    if (wanted.project_id && !core_->directory.project(*wanted.project_id)) co_return project_not_found(*wanted.project_id);
    auto controls = controls_->defaults();
    if (wanted.model) controls.model = wanted.model;
    if (wanted.approval_policy) controls.approval_policy = *wanted.approval_policy;
    if (wanted.network_access) controls.network_access = *wanted.network_access;
    if (wanted.filesystem_sandbox) controls.filesystem_sandbox = *wanted.filesystem_sandbox;
    auto options = thread_options(controls, wanted.cwd);
    auto thread_id = co_await core_->runtime.start_thread(options);
    auto fresh = blank_session(*core_, thread_id);
    if (wanted.title) fresh.title = *wanted.title;
    fresh.cwd = wanted.cwd;
    fresh.project_id = wanted.project_id;
    fresh.controls = std::move(controls);
    Effects effects;
    effects.puts.push_back(put_session(fresh));
    if (fresh.project_id) {
        effects.puts.push_back(expect_project(*fresh.project_id));  // it may have gone while the runtime made the thread
        effects.events.push_back(project_updated_event(fresh.id, fresh.project_id, {}));
    }
    auto committed = co_await core_->commit(std::move(effects));
    if (!committed) co_return without_project(committed.error(), fresh.project_id.value_or(""));
    core_->directory.put(fresh);
    co_return co_await view(fresh.id);
}

Task<Result<SessionView>> Sessions::fork(std::string session_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto source = co_await user_session(session_id);
    if (!source) co_return source.error();
    auto thread_id = co_await core_->runtime.fork_thread(source->runtime_thread_id);
    auto fresh = *source;
    auto now = core_->now();
    fresh.id = thread_id;
    fresh.runtime_thread_id = thread_id;
    fresh.archived = false;
    fresh.created_at = now;
    fresh.updated_at = now;
    auto effects = co_await copy_rows(session_id, thread_id);
    effects.puts.push_back(put_session(fresh));
    if (fresh.project_id) effects.events.push_back(project_updated_event(fresh.id, fresh.project_id, {}));
    auto committed = co_await core_->commit(std::move(effects));
    if (!committed) co_return committed.error();
    core_->directory.put(fresh);
    co_return co_await view(fresh.id);
}

Task<Effects> Sessions::copy_rows(std::string from, std::string to) {
    Store& store = core_->ledger.reader();
    Effects effects;
    auto base = co_await all_records(store, std::string(transcript::base_kind), from);
    for (const auto& row : base) effects.puts.push_back(transcript::put_base(to, copied(row.body)));
    auto own = co_await all_records(store, std::string(transcript::own_kind), from);
    for (const auto& row : own) effects.puts.push_back(transcript::put_own(to, copied(row.body)));
    auto turns = co_await read_turns(store, from);
    for (auto& turn : turns) {
        if (turn.open()) turn.status = "interrupted";
        effects.puts.emplace_back(std::string(turn_kind), to, turn.turn_id, to_json(turn));
    }
    co_return effects;
}

}  // namespace lanekeeper
