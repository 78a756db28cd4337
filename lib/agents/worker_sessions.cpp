#include "agents/worker_sessions.hpp"

#include "agents/records.hpp"
#include "agents/session_core.hpp"
#include "agents/worker_owners.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "queue/definition.hpp"
#include "runtime/call_on.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

namespace lanekeeper {
namespace {

constexpr Millis retire_again{5};
constexpr Millis orphan_pause{1'000};  // between two looks whether the runtime is there
constexpr int orphan_looks = 60;

/// One hidden session that works for an owner.
struct WorkerMapping {
    WorkerMapping() = default;
    std::string owner;
    std::string agent;
    std::string session_id;  // the runtime's thread
};

json::object mapping_body(const WorkerMapping& mapping, WallTime at) {
    json::object body;
    body["ownerId"] = mapping.owner;
    body["agent"] = mapping.agent;
    body["sessionId"] = mapping.session_id;
    body["systemOwned"] = true;
    body["preflight"] = Preflight().to_json();
    body["createdAt"] = iso(at);
    return body;
}

Effects put_mapping(const WorkerMapping& mapping, WallTime at) {
    Effects effects;
    effects.puts.emplace_back(std::string(worker_kind), mapping.owner, mapping.agent, mapping_body(mapping, at));
    return effects;
}

session::Controls controls_of(const AgentPolicy* policy) {
    auto controls = worker_controls();
    if (!policy) return controls;
    controls.model = policy->model;
    controls.approval_policy = policy->approval_policy;
    controls.filesystem_sandbox = policy->sandbox;
    controls.network_access = policy->network_access;
    return controls;
}

JobFailure owner_gone() { return {ErrorClass::fatal, "owner_gone: whom the worker was for has been deleted"}; }

}  // namespace

WorkerSessions::WorkerSessions(asio::any_io_executor executor, Sessions& sessions, Runtime& runtime, Ledger& ledger,
                               TimeSource& time, AgentPolicies agents)
    : strand_(asio::make_strand(executor)), sessions_(sessions), ledger_(ledger), runtime_(runtime), time_(time),
      agents_(std::move(agents)), feed_(runtime, time), creations_(std::make_shared<Nursery>(strand_, "worker sessions")) {}

Task<void> WorkerSessions::load() {
    auto records = co_await all_records_of_kind(ledger_.reader(), std::string(worker_kind));
    auto remember = [this, records = std::move(records)] {
        for (const auto& record : records) {
            auto& worker = workers_[Key(record.scope, record.key)];
            worker.session_id = members::text(record.body, "sessionId");
            const auto* told = record.body.if_contains("preflight");
            if (told) worker.told = Preflight(*told);
        }
        auto orphans = std::exchange(sessions_.core().orphans, {});
        if (!orphans.empty()) orphans_ = creations_->start("orphaned threads", delete_orphans(std::move(orphans)));
        return true;
    };
    co_await call_on(strand_, std::move(remember));
}

Task<void> WorkerSessions::delete_orphans(std::vector<std::string> thread_ids) {
    for (int look = 0; look < orphan_looks && !runtime_.available(); ++look) co_await pause_for(time_, orphan_pause);
    for (const auto& thread_id : thread_ids) co_await delete_worker_thread(sessions_.core(), thread_id);
}

Task<void> WorkerSessions::stop() {
    bool busy = true;
    while (busy) {
        auto look = [this] {
            let_go();
            return creations_->size() > 0;
        };
        busy = co_await call_on(strand_, look);
        if (busy) co_await pause_for(time_, retire_again);
    }
}

/// Creations are seen through. The rest is asked again and again: a turn that is just being started does not listen.
void WorkerSessions::let_go() {
    stopping_ = true;
    for (auto& [key, worker] : workers_)
        if (worker.errand && worker.errand->child) worker.errand->child->cancel(asio::cancellation_type::terminal);
    for (const auto& child : {idle_watch_, orphans_})
        if (child) child->cancel(asio::cancellation_type::terminal);
}

Task<std::string> WorkerSessions::session_for(std::string owner, std::string agent) {
    auto reply = std::make_shared<Reply<std::string>>();
    Key key(std::move(owner), std::move(agent));
    auto asking = [this, key = std::move(key), reply] { ask(key, reply); };
    std::function<void()> start = [strand = strand_, asking = std::move(asking)] { asio::post(strand, asking); };
    return await_reply(std::move(reply), std::move(start));
}

void WorkerSessions::ask(const Key& key, std::shared_ptr<Reply<std::string>> reply) {
    auto known = workers_.find(key);
    if (known != workers_.end() && is_gone(known->second.session_id)) workers_.erase(known);
    if (workers_.size() >= look_for_gone_at_) forget_gone();
    auto [place, fresh] = workers_.try_emplace(key);
    if (!place->second.session_id.empty()) {
        reply->answer(place->second.session_id);
        return;
    }
    place->second.waiting.push_back(std::move(reply));
    if (fresh) creations_->start("worker session " + key.second, create(key));
}

// Workers end with their owners, of which nobody tells us: that costs a look now and then.
void WorkerSessions::forget_gone() {
    std::erase_if(workers_, [this](const auto& entry) { return is_gone(entry.second.session_id); });
    look_for_gone_at_ = 2 * workers_.size() + 64;
}

bool WorkerSessions::is_gone(const std::string& session_id) const {
    return !session_id.empty() && !sessions_.is_system_owned(session_id);
}

Task<void> WorkerSessions::create(Key key) {
    std::string session_id;
    std::exception_ptr failure;
    try {
        session_id = co_await provision(key);
    } catch (...) {
        failure = std::current_exception();
    }
    created(key, session_id, failure);
}

Task<std::string> WorkerSessions::provision(Key key) {
    auto& core = sessions_.core();
    if (owner_is_gone(core.directory, key.first)) throw owner_gone();
    bool lived = owner_lives(core.directory, key.first);
    auto controls = controls_of(agents_.find(key.second));
    auto options = thread_options(controls, {});
    options.hidden = true;
    auto thread_id = co_await runtime_.start_thread(std::move(options));
    WorkerMapping mapping;
    mapping.owner = key.first;
    mapping.agent = key.second;
    mapping.session_id = thread_id;
    auto also = put_mapping(mapping, time_.wall());
    if (lived && !is_pool_owner(key.first)) also.puts.push_back(expect_owner(key.first));
    Result<session::Session> session = Problem();
    std::exception_ptr failure;
    try {
        session = co_await sessions_.create_system_session(key.first, key.second, thread_id, std::move(controls),
                                                           std::move(also));
    } catch (const StorageUnavailable&) {
        failure = std::current_exception();
    }
    if (failure || !session) co_await delete_worker_thread(core, thread_id);  // nobody would ever use it
    if (failure) std::rethrow_exception(failure);
    bool refused = !session && session.error().code == "record_missing";
    if (refused) throw owner_gone();
    if (!session) throw UnhandledProblem(session.error());
    if (lived && !owner_lives(core.directory, key.first)) {  // its deletion may not have seen this one
        co_await remove_workers(core, key.first);
        throw owner_gone();
    }
    log_info("worker session created", {{"projectId", key.first}, {"agent", key.second}, {"sessionId", thread_id}});
    co_return thread_id;
}

void WorkerSessions::created(const Key& key, const std::string& session_id, std::exception_ptr failure) {
    auto& worker = workers_.at(key);
    auto waiting = std::move(worker.waiting);
    worker.waiting.clear();
    worker.session_id = session_id;
    if (failure) workers_.erase(key);
    for (auto& reply : waiting) {
        if (failure) reply->fail(failure);
        else reply->answer(session_id);
    }
}

bool WorkerSessions::forget(const Key& key, const std::string& session_id) {
    return find(key, session_id) && workers_.erase(key) > 0;
}

Task<void> WorkerSessions::drop(std::string owner, std::string agent, std::string session_id) {
    Key key(owner, agent);
    auto forgetting = [this, key, session_id] { return forget(key, session_id); };
    bool was_ours = co_await call_on(strand_, forgetting);
    if (!was_ours) co_return;
    log_warn("worker session dropped", {{"projectId", owner}, {"agent", agent}, {"sessionId", session_id}});
    auto& core = sessions_.core();
    auto session = core.directory.find(session_id);
    if (!session) co_return;
    bool ended = co_await end_worker(core, *session);
    if (!ended) co_return;
    // Whoever was waiting for another worker need not wait for that.
    auto deleting = [this, thread_id = session->runtime_thread_id] {
        if (!stopping_) creations_->start("delete thread", delete_worker_thread(sessions_.core(), thread_id));
        return true;
    };
    co_await call_on(strand_, deleting);
}

WorkerSessions::Worker* WorkerSessions::find(const Key& key, const std::string& session_id) {
    auto found = workers_.find(key);
    bool known = found != workers_.end() && found->second.session_id == session_id;
    return known ? &found->second : nullptr;
}

}  // namespace lanekeeper
