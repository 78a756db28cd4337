// WorkerSessions: threads that nobody uses are unloaded (runtime.md 2: a loaded thread costs memory).
#include "agents/worker_sessions.hpp"

#include "agents/session_core.hpp"
#include "base/log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace lanekeeper {

void WorkerSessions::leave(std::string owner, std::string agent, std::string session_id) {
    auto leaving = [this, key = Key(std::move(owner), std::move(agent)), session_id = std::move(session_id)] {
        left(key, session_id);
    };
    asio::post(strand_, std::move(leaving));
}

void WorkerSessions::left(const Key& key, const std::string& session_id) {
    auto* worker = find(key, session_id);
    if (!worker) return;
    if (worker->users > 0) --worker->users;  // a job that was given up before it came in leaves too
    worker->last_used = time_.mono();
    if (!idle_watch_ && !stopping_) idle_watch_ = creations_->start("idle workers", watch_idle());
}

Millis WorkerSessions::idle_bound() const { return sessions_.core().settings.agent.worker_idle; }

/// When the first of them will have been idle for long enough.
std::optional<MonoTime> WorkerSessions::next_idle() const {
    std::optional<MonoTime> next;
    for (const auto& [key, worker] : workers_) {
        if (!worker.loaded) continue;
        auto at = worker.last_used + idle_bound();
        next = next ? std::min(*next, at) : at;
    }
    return next;
}

/// For as long as there is one that will be unloaded.
Task<void> WorkerSessions::watch_idle() {
    auto next = next_idle();
    while (next && !stopping_) {
        auto at = std::max(*next, time_.mono() + idle_bound() / 10);
        co_await sleep_until(time_, at);
        unload_idle();
        next = next_idle();
    }
    idle_watch_.reset();
}

void WorkerSessions::unload_idle() {
    auto idle_since = time_.mono() - idle_bound();
    for (auto& [key, worker] : workers_) {
        bool idle = worker.loaded && worker.users == 0 && !worker.errand && worker.last_used <= idle_since;
        if (!idle) continue;
        worker.loaded = false;
        auto errand = std::make_shared<Errand>();
        errand->session_id = worker.session_id;
        worker.errand = errand;
        creations_->start("unload " + key.second, unload(key, errand));
    }
}

Task<void> WorkerSessions::unload(Key key, std::shared_ptr<Errand> errand) {
    try {
        co_await runtime_.unload_thread(errand->session_id);
        log_debug("idle worker session unloaded", {{"projectId", key.first}, {"sessionId", errand->session_id}});
    } catch (const std::runtime_error& error) {  // it stays loaded until it was used again
        log_debug("worker session not unloaded", {{"sessionId", errand->session_id}, {"error", error.what()}});
    }
    errand_ended(key, errand, PreflightEnd());
}

}  // namespace lanekeeper
