#include "agents/worker_sessions.hpp"

#include "agents/records.hpp"
#include "agents/session_core.hpp"
#include "base/log.hpp"
#include "base/members.hpp"
#include "runtime/call_on.hpp"

#include <boost/asio/strand.hpp>

namespace lanekeeper {
namespace {

constexpr Millis look_again{5};

json::object mapping_body(const WorkerMapping& mapping, WallTime at) {
    json::object body;
    body["ownerId"] = mapping.owner;
    body["agent"] = mapping.agent;
    body["sessionId"] = mapping.session_id;
    body["systemOwned"] = true;
    body["preflight"] = nullptr;
    body["createdAt"] = iso(at);
    return body;
}

Effects put_mapping(const WorkerMapping& mapping, WallTime at) {
    Effects effects;
    effects.puts.emplace_back(std::string(worker_kind), mapping.owner, mapping.agent, mapping_body(mapping, at));
    return effects;
}

}  // namespace

WorkerSessions::WorkerSessions(asio::any_io_executor executor, Sessions& sessions, Runtime& runtime, Ledger& ledger,
                               TimeSource& time)
    : strand_(asio::make_strand(executor)), sessions_(sessions), ledger_(ledger), runtime_(runtime), time_(time),
      feed_(runtime, time), creations_(std::make_shared<Nursery>(strand_, "worker sessions")) {}

Task<void> WorkerSessions::load() {
    auto records = co_await all_records_of_kind(ledger_.reader(), std::string(worker_kind));
    auto remember = [this, records = std::move(records)] {
        for (const auto& record : records)
            workers_[Key(record.scope, record.key)].session_id = members::text(record.body, "sessionId");
        return true;
    };
    co_await call_on(strand_, std::move(remember));
}

Task<void> WorkerSessions::stop() {
    bool busy = true;
    while (busy) {
        auto look = [this] { return creations_->size() > 0; };
        busy = co_await call_on(strand_, look);
        if (busy) co_await pause_for(time_, look_again);
    }
}

Task<std::string> WorkerSessions::session_for(std::string owner, std::string agent) {
    auto reply = std::make_shared<Reply<std::string>>();
    Key key(std::move(owner), std::move(agent));
    auto asking = [this, key = std::move(key), reply] { ask(key, reply); };
    std::function<void()> start = [strand = strand_, asking = std::move(asking)] { asio::post(strand, asking); };
    return await_reply(std::move(reply), std::move(start));
}

void WorkerSessions::ask(const Key& key, std::shared_ptr<Reply<std::string>> reply) {
    auto [place, fresh] = workers_.try_emplace(key);
    if (!place->second.session_id.empty()) {
        reply->answer(place->second.session_id);
        return;
    }
    place->second.waiting.push_back(std::move(reply));
    if (fresh) creations_->start("worker session " + key.second, create(key));
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
    auto options = thread_options(worker_controls(), {});
    options.hidden = true;
    auto thread_id = co_await runtime_.start_thread(std::move(options));
    WorkerMapping mapping;
    mapping.owner = key.first;
    mapping.agent = key.second;
    mapping.session_id = thread_id;
    auto also = put_mapping(mapping, time_.wall());
    auto session = co_await sessions_.create_system_session(key.first, key.second, thread_id, std::move(also));
    if (!session) throw UnhandledProblem(session.error());
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
    auto found = workers_.find(key);
    if (found == workers_.end() || found->second.session_id != session_id) return false;
    workers_.erase(found);
    return true;
}

Task<void> WorkerSessions::drop(std::string owner, std::string agent, std::string session_id) {
    Key key(owner, agent);
    auto forgetting = [this, key, session_id] { return forget(key, session_id); };
    bool was_ours = co_await call_on(strand_, forgetting);
    if (!was_ours) co_return;
    log_warn("worker session dropped", {{"projectId", owner}, {"agent", agent}, {"sessionId", session_id}});
    Effects also;
    also.deletes.emplace_back(std::string(worker_kind), owner, agent);
    co_await sessions_.drop_system_session(session_id, std::move(also));
}

}  // namespace lanekeeper
