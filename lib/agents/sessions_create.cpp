// Sessions: how chats and worker sessions come to be.
#include "agents/records.hpp"
#include "agents/session_controls.hpp"
#include "agents/session_core.hpp"
#include "agents/session_records.hpp"
#include "agents/sessions.hpp"
#include "agents/thread_calls.hpp"
#include "agents/worker_owners.hpp"
#include "session/guard.hpp"
#include "transcript/merge.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {

/// What a fork begins with.
struct CopiedRows {
    CopiedRows() = default;
    std::vector<transcript::Entry> base, own;
    std::vector<TurnRecord> turns;
};

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

Effects put_rows(const std::string& session_id, const CopiedRows& rows) {
    Effects effects;
    for (const auto& row : rows.base) effects.puts.push_back(transcript::put_base(session_id, row));
    for (const auto& row : rows.own) effects.puts.push_back(transcript::put_own(session_id, row));
    for (const auto& turn : rows.turns)
        effects.puts.emplace_back(std::string(turn_kind), session_id, turn.turn_id, to_json(turn));
    return effects;
}

/// A chat as it will be read once it is there.
SessionView view_of(session::Session session, const CopiedRows& rows) {
    SessionView view;
    view.session = std::move(session);
    view.thread = render_thread(view.session, rows.turns, std::nullopt);
    view.transcript = transcript::merge_transcript(rows.base, rows.own);
    return view;
}

}  // namespace

Task<Result<session::Session>> Sessions::create_system_session(std::string owner, std::string agent,
                                                               std::string thread_id, Effects also) {
    return create_system_session(std::move(owner), std::move(agent), std::move(thread_id), worker_controls(), std::move(also));
}

Task<Result<session::Session>> Sessions::create_system_session(std::string owner, std::string agent,
                                                               std::string thread_id, session::Controls controls,
                                                               Effects also) {
    auto fresh = blank_session(*core_, thread_id);
    fresh.title = agent;
    fresh.system_owned = true;
    fresh.owner = std::move(owner);
    fresh.agent = std::move(agent);
    fresh.controls = std::move(controls);
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

Task<Result<SessionView>> Sessions::create(NewSession wanted, KeepAnswer<SessionView> keep) {
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
    // The project may have gone while the runtime made the thread.
    if (fresh.project_id) effects.puts.push_back(expect_project(*fresh.project_id));
    auto view = view_of(std::move(fresh), CopiedRows());
    auto made = co_await found(std::move(view), std::move(effects), std::move(keep));
    if (!made) co_return without_project(made.error(), wanted.project_id.value_or(""));
    co_return made;
}

/// Commits a new chat with `effects` and the answer of whoever asked for it. When it does not come about, nobody would ever
/// use its thread.
Task<Result<SessionView>> Sessions::found(SessionView view, Effects effects, KeepAnswer<SessionView> keep) {
    const auto& fresh = view.session;
    effects.puts.push_back(put_session(fresh));
    if (keep) effects.puts.push_back(keep(view));
    if (fresh.project_id) effects.events.push_back(project_updated_event(fresh.id, fresh.project_id, {}));
    Result<void> committed;
    std::exception_ptr failure;
    try {
        committed = co_await core_->commit(std::move(effects));
    } catch (const StorageUnavailable&) {
        failure = std::current_exception();
    }
    if (failure || !committed) co_await delete_worker_thread(*core_, fresh.runtime_thread_id);
    if (failure) std::rethrow_exception(failure);
    if (!committed) co_return committed.error();
    core_->directory.put(fresh);
    co_return view;
}

Task<Result<SessionView>> Sessions::fork(std::string session_id, KeepAnswer<SessionView> keep) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto source = co_await user_session(session_id);
    if (!source) co_return source.error();
    auto rows = co_await copy_rows(session_id);  // first: where they cannot be read, there is no thread to begin
    auto work = core_->runtime.fork_thread(source->runtime_thread_id);
    auto begun = co_await on_thread(*source, std::move(work));
    if (!begun) co_return begun.error();
    auto thread_id = std::move(*begun);
    auto fresh = *source;
    auto now = core_->now();
    fresh.id = thread_id;
    fresh.runtime_thread_id = thread_id;
    fresh.archived = false;
    fresh.created_at = now;
    fresh.updated_at = now;
    auto effects = put_rows(thread_id, rows);
    auto view = view_of(std::move(fresh), rows);
    co_return co_await found(std::move(view), std::move(effects), std::move(keep));
}

Task<CopiedRows> Sessions::copy_rows(std::string from) {
    Store& store = core_->ledger.reader();
    CopiedRows rows;
    auto base = co_await all_records(store, std::string(transcript::base_kind), from);
    for (const auto& row : base) rows.base.push_back(copied(row.body));
    auto own = co_await all_records(store, std::string(transcript::own_kind), from);
    for (const auto& row : own) rows.own.push_back(copied(row.body));
    rows.turns = co_await read_turns(store, from);
    for (auto& turn : rows.turns)
        if (turn.open()) turn.status = "interrupted";
    co_return rows;
}

}  // namespace lanekeeper
