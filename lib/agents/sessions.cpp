#include "agents/sessions.hpp"

#include "agents/conversation.hpp"
#include "agents/guests.hpp"
#include "agents/records.hpp"
#include "agents/session_controls.hpp"
#include "agents/session_core.hpp"
#include "agents/session_records.hpp"
#include "agents/turn_log.hpp"
#include "agents/worker_owners.hpp"
#include "base/log.hpp"
#include "session/guard.hpp"
#include "transcript/merge.hpp"
#include "transcript/rows.hpp"

namespace lanekeeper {
namespace {

std::vector<transcript::Entry> entries(const std::vector<Record>& records) {
    std::vector<transcript::Entry> rows;
    rows.reserve(records.size());
    for (const auto& record : records) rows.push_back(transcript::entry_from_json(record.body));
    return rows;
}

}  // namespace

Sessions::Sessions(asio::any_io_executor executor, const Settings& settings, TimeSource& time, Random& random,
                   Ledger& ledger, Runtime& runtime)
    : core_(std::make_unique<SessionCore>(settings, time, random, ledger, runtime)),
      conversation_(std::make_unique<Conversation>(executor, *core_)),
      controls_(std::make_unique<SessionControls>(*core_)) {}

Sessions::~Sessions() = default;

void Sessions::attach(Queue& queue) { core_->queue = &queue; }

Task<void> Sessions::load() {
    Store& store = core_->ledger.reader();
    auto sessions = co_await all_records_of_kind(store, std::string(session_kind));
    for (const auto& record : sessions) core_->directory.put(session::session_from_json(record.body));
    auto projects = co_await all_records_of_kind(store, std::string(project_kind));
    for (const auto& record : projects) core_->directory.put(session::project_from_json(record.body));
    auto stones = co_await all_records_of_kind(store, std::string(tombstone_kind));
    Effects left_over;
    for (const auto& record : stones) {
        auto stone = session::tombstone_from_json(record.body);
        if (!is_purged(record.body)) purge_session(left_over, stone);
        core_->directory.bury(std::move(stone));
    }
    for (const auto& record : sessions) {  // workers of owners whose deletion was cut short
        auto worker = session::session_from_json(record.body);
        if (!worker.system_owned || owner_lives(core_->directory, worker.owner)) continue;
        core_->directory.bury(bury_worker(left_over, worker, core_->now(), true));
        core_->orphans.push_back(worker.runtime_thread_id);
    }
    if (!left_over.empty()) co_await core_->commit(std::move(left_over));
    co_await controls_->load();
    log_info("sessions loaded", {{"sessions", sessions.size()}, {"projects", projects.size()}, {"deleted", stones.size()}});
}

Task<void> Sessions::start() { return conversation_->start(); }
Task<void> Sessions::stop() { return conversation_->stop(); }

Result<void> Sessions::require_user_session(const std::string& id) const {
    return session::require_user_session(core_->directory, id);
}

Result<void> Sessions::require_readable(const std::string& id, bool operator_role) const {
    return session::require_readable(core_->directory, id, operator_role);
}

std::optional<std::string> Sessions::owner_of(const std::string& session_id) const {
    auto session = core_->directory.find(session_id);
    if (!session) return {};
    if (session->system_owned) return session->owner;
    return session->project_id ? *session->project_id : session_owner(session_id);
}

std::optional<session::Session> Sessions::find(const std::string& session_id) const {
    return core_->directory.find(session_id);
}

bool Sessions::is_system_owned(const std::string& session_id) const {
    auto session = core_->directory.find(session_id);
    return session && session->system_owned;
}

Audience Sessions::audience_of(const std::string& session_id) const {
    return is_system_owned(session_id) ? Audience::system : Audience::thread;
}

Result<session::SessionPage> Sessions::list(const session::ListQuery& query) const { return core_->directory.list(query); }

Task<Result<session::SessionPage>> Sessions::list_with_guests(session::ListQuery query) {
    auto page = list(query);
    if (!page || query.project_id) co_return page;
    auto guests = co_await list_guests(*core_, query.archived);
    auto again = list(query);  // one of them may have become a chat meanwhile
    if (!again) co_return again;
    std::erase_if(guests, [this](const auto& guest) { return core_->directory.find(guest.id).has_value(); });
    co_return session::with_guests(std::move(*again), std::move(guests), query);
}

Task<bool> Sessions::adopt(std::string thread_id) {
    auto hold = co_await core_->locks.acquire(thread_id);
    if (core_->directory.find(thread_id)) co_return true;
    co_return co_await adopt_guest(*core_, thread_id);
}

Task<std::vector<transcript::Entry>> Sessions::transcript(std::string session_id) {
    Store& store = core_->ledger.reader();
    auto base = co_await all_records(store, std::string(transcript::base_kind), session_id);
    auto own = co_await all_records(store, std::string(transcript::own_kind), session_id);
    co_return transcript::merge_transcript(entries(base), entries(own));
}

Task<Result<SessionView>> Sessions::view(std::string session_id) {
    auto session = core_->directory.find(session_id);
    if (!session) co_return session::session_not_found(session_id);
    auto active = core_->turns.visible(session_id);  // before the rows are read: what it says of them may only be too careful
    auto turns = co_await read_turns(core_->ledger.reader(), session_id);
    SessionView view;
    view.session = std::move(*session);
    view.thread = render_thread(view.session, turns, active);
    view.transcript = co_await transcript(session_id);
    co_return view;
}

Task<Result<session::Session>> Sessions::user_session(std::string session_id) const {
    auto allowed = require_user_session(session_id);
    if (!allowed) co_return allowed.error();
    auto session = core_->directory.find(session_id);
    if (!session) co_return session::session_not_found(session_id);
    co_return *session;
}

}  // namespace lanekeeper
