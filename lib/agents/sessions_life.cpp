// Sessions: what becomes of a chat: names, projects, archive, deletion, rows of clients.
#include "agents/conversation.hpp"
#include "agents/session_controls.hpp"
#include "agents/session_core.hpp"
#include "agents/session_records.hpp"
#include "agents/sessions.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "session/guard.hpp"
#include "transcript/merge.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

Problem not_archivable(const session::Session& session) {
    const char* why = session.archived ? "the chat is archived already" : "the chat never ran";
    return {"not_materialized", why, json::object{{"sessionId", session.id}, {"archived", session.archived}}};
}

}  // namespace

Task<Result<session::Session>> Sessions::rename(std::string session_id, std::string title) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    co_await core_->runtime.rename_thread(session->runtime_thread_id, title);
    json::object members{{"title", title}};
    Effects none;
    auto changed = co_await core_->change(session_id, std::move(members), std::move(none));
    if (!changed) co_return changed.error();
    co_return co_await user_session(session_id);
}

Task<Result<std::optional<std::string>>> Sessions::assign_project(std::string session_id,
                                                                  std::optional<std::string> project_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    if (project_id && !core_->directory.project(*project_id)) co_return project_not_found(*project_id);
    if (session->project_id == project_id) co_return session->project_id;
    Effects effects;
    if (project_id) effects.puts.push_back(expect_project(*project_id));
    effects.events.push_back(project_updated_event(session_id, project_id, session->project_id));
    json::object members{{"projectId", members::or_null(project_id)}};
    auto changed = co_await core_->change(session_id, std::move(members), std::move(effects));
    if (!changed) co_return without_project(changed.error(), project_id.value_or(""));
    co_return session->project_id;
}

Task<Result<void>> Sessions::archive(std::string session_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    if (session->archived || !session->materialized) co_return not_archivable(*session);
    co_await core_->runtime.archive_thread(session->runtime_thread_id);
    json::object members{{"archived", true}};
    Effects none;
    co_return co_await core_->change(session_id, std::move(members), std::move(none));
}

Task<Result<SessionView>> Sessions::unarchive(std::string session_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    if (session->archived) {
        co_await core_->runtime.unarchive_thread(session->runtime_thread_id);
        json::object members{{"archived", false}};
        Effects none;
        auto changed = co_await core_->change(session_id, std::move(members), std::move(none));
        if (!changed) co_return changed.error();
        conversation_->turn_ended(session_id);  // messages may have waited
    }
    co_return co_await view(session_id);
}

Task<void> Sessions::delete_thread(session::Session session) {
    try {
        co_await core_->runtime.delete_thread(session.runtime_thread_id);
    } catch (const std::runtime_error& e) {  // the chat is gone for us; a thread that stays behind is the runtime's
        log_warn("runtime kept a deleted thread", {{"sessionId", session.id}, {"error", e.what()}});
    }
}

Task<Result<session::Tombstone>> Sessions::remove(std::string session_id) {
    auto hold = co_await core_->locks.acquire(session_id);
    auto session = co_await user_session(session_id);
    if (!session) co_return session.error();
    if (core_->queue) co_await core_->queue->cancel_jobs_of_session(session_id, "session_deleted");
    session::Tombstone stone;
    stone.id = session_id;
    stone.title = session->title;
    stone.deleted_at = core_->now();
    Effects effects;
    delete_rows(effects, session_id);
    effects.deletes.emplace_back(std::string(session_kind), "", session_id);
    effects.puts.push_back(put_tombstone(stone, false));
    effects.events.push_back(deleted_event(stone));
    {
        auto quiet = co_await core_->locks.acquire(rows_lock(session_id));
        auto committed = co_await core_->commit(std::move(effects));
        if (!committed) co_return committed.error();
        core_->directory.bury(stone);
    }
    core_->turns.forget(session_id);
    // Jobs that came in while we committed; from now on nobody can add one.
    if (core_->queue) co_await core_->queue->cancel_jobs_of_session(session_id, "session_deleted");
    co_await delete_thread(*session);
    co_return stone;
}

Task<Result<transcript::Entry>> Sessions::upsert_entry(std::string session_id, transcript::Entry entry) {
    auto allowed = require_user_session(session_id);
    if (!allowed) co_return allowed.error();
    Effects effects;
    transcript::upsert_own(effects, session_id, entry);
    json::object members;
    auto changed = co_await core_->change(session_id, std::move(members), std::move(effects));
    if (!changed) co_return changed.error();
    Store& store = core_->ledger.reader();
    auto row = co_await store.record(std::string(transcript::own_kind), session_id, entry.message_id);
    if (row) co_return transcript::entry_from_json(row->body);
    co_return entry;
}

}  // namespace lanekeeper
